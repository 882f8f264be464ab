/* The tiles of dual.h for Armv7E-M and Armv8-M cores with DSP and a single-precision FPU, by hand: their loops use all
 * fourteen registers, which compilers do not manage. Sums become int8 as in settle.h: VCVTR rounds to nearest even, and
 * saturates. A function's one argument comes in r0; the fields' offsets are those of the structs in dual.h. */
#ifndef EDGE_CHIP_ARMV7EM_H
#define EDGE_CHIP_ARMV7EM_H

/* 16 products: a word of each of two columns (r1) with four activations of each of two pixels (r0). */
#define CHIP_BLOCK_STEP                                                                                                \
    "ldmia.w r0!, {r4, r5, r6, r7}\n"                                                                                \
    "ldrd r8, r9, [r1], #8\n"                                                                                          \
    "sxtb16 r10, r8\n"                                                                                                 \
    "sxtb16 r8, r8, ror #8\n"                                                                                          \
    "smlad r2, r4, r10, r2\n"                                                                                          \
    "smlad r11, r6, r10, r11\n"                                                                                        \
    "smlad r2, r5, r8, r2\n"                                                                                           \
    "smlad r11, r7, r8, r11\n"                                                                                         \
    "sxtb16 r10, r9\n"                                                                                                 \
    "sxtb16 r9, r9, ror #8\n"                                                                                          \
    "smlad r3, r4, r10, r3\n"                                                                                          \
    "smlad r12, r6, r10, r12\n"                                                                                        \
    "smlad r3, r5, r9, r3\n"                                                                                           \
    "smlad r12, r7, r9, r12\n"

/* 16 products: four activations (r0) with a word of each of four columns (r1). */
#define CHIP_LINE_STEP                                                                                                 \
    "ldr r4, [r0], #4\n"                                                                                               \
    "ldmia r1!, {r6, r7, r8, r9}\n"                                                                                    \
    "sxtb16 r5, r4\n"                                                                                                  \
    "sxtb16 r4, r4, ror #8\n"                                                                                          \
    "sxtb16 r10, r6\n"                                                                                                 \
    "sxtb16 r6, r6, ror #8\n"                                                                                          \
    "smlad r2, r5, r10, r2\n"                                                                                          \
    "smlad r2, r4, r6, r2\n"                                                                                           \
    "sxtb16 r10, r7\n"                                                                                                 \
    "sxtb16 r7, r7, ror #8\n"                                                                                          \
    "smlad r3, r5, r10, r3\n"                                                                                          \
    "smlad r3, r4, r7, r3\n"                                                                                           \
    "sxtb16 r10, r8\n"                                                                                                 \
    "sxtb16 r8, r8, ror #8\n"                                                                                          \
    "smlad r11, r5, r10, r11\n"                                                                                        \
    "smlad r11, r4, r8, r11\n"                                                                                         \
    "sxtb16 r10, r9\n"                                                                                                 \
    "sxtb16 r9, r9, ror #8\n"                                                                                          \
    "smlad r12, r5, r10, r12\n"                                                                                        \
    "smlad r12, r4, r9, r12\n"

/* r2, r3, r11, r12 times a, b, c, d, to whole numbers. */
#define CHIP_SCALE_FOUR(a, b, c, d)                                                                                    \
    "vmov s0, s1, r2, r3\n"                                                                                            \
    "vmov s2, s3, r11, r12\n"                                                                                          \
    "vcvt.f32.s32 s0, s0\n"                                                                                            \
    "vcvt.f32.s32 s1, s1\n"                                                                                            \
    "vcvt.f32.s32 s2, s2\n"                                                                                            \
    "vcvt.f32.s32 s3, s3\n"                                                                                            \
    "vmul.f32 s0, s0, " a "\n"                                                                                         \
    "vmul.f32 s1, s1, " b "\n"                                                                                         \
    "vmul.f32 s2, s2, " c "\n"                                                                                         \
    "vmul.f32 s3, s3, " d "\n"                                                                                         \
    "vcvtr.s32.f32 s0, s0\n"                                                                                           \
    "vcvtr.s32.f32 s1, s1\n"                                                                                           \
    "vcvtr.s32.f32 s2, s2\n"                                                                                           \
    "vcvtr.s32.f32 s3, s3\n"                                                                                           \
    "vmov r2, r3, s0, s1\n"                                                                                            \
    "vmov r11, r12, s2, s3\n"

/* The zero point (r6) is added, and the sum cut to int8 and stored. */
#define CHIP_STORE(q, y) "qadd " q ", " q ", r6\n ssat " q ", #8, " q "\n strb " q ", [" y "], #1\n"

/* s8 and s9 hold y0 and y1, s10 the zero point, s11 the end of the weights, s12 and s13 where activations begin
 * and end, s14 where among eight steps a block begins, so that the last of its steps is the eighth. */
CHIP_ASM void chip_blocks(struct chip_tile *b __attribute__((unused))) {
    __asm__("push {r4-r11, lr}\n"
            "vldr s12, [r0]\n"
            "vldr s13, [r0, #4]\n"
            "ldr r1, [r0, #8]\n"
            "vldr s11, [r0, #12]\n"
            "vldr s8, [r0, #16]\n"
            "vldr s9, [r0, #20]\n"
            "vldr s10, [r0, #24]\n"
            "vmov r2, r3, s12, s13\n"
            "subs r2, r3, r2\n"
            "ands r2, r2, #0x70\n" /* steps beyond a multiple of eight, times 16; a step is 56 bytes of code */
            "it eq\n"
            "moveq r2, #0x80\n"
            "adr.w r3, 3f\n"
            "lsrs r4, r2, #1\n"
            "sub r3, r3, r4\n"
            "add r2, r2, r2, lsl #1\n"
            "sub r3, r3, r2\n"
            "orr r3, r3, #1\n"
            "vmov s14, r3\n"
            "1: vmov r0, lr, s12, s13\n"
            "ldrd r2, r3, [r1], #8\n"
            "mov r11, r2\n"
            "mov r12, r3\n"
            "vmov r4, s14\n"
            "bx r4\n"
            "2:\n" CHIP_BLOCK_STEP CHIP_BLOCK_STEP CHIP_BLOCK_STEP CHIP_BLOCK_STEP CHIP_BLOCK_STEP CHIP_BLOCK_STEP
                CHIP_BLOCK_STEP CHIP_BLOCK_STEP "3: cmp r0, lr\n"
            "bne 2b\n"
            "vldmia r1!, {s4, s5}\n" CHIP_SCALE_FOUR("s4", "s5", "s4", "s5") "vmov r4, r5, s8, s9\n"
            "vmov r6, r7, s10, s11\n" CHIP_STORE("r11", "r5") CHIP_STORE("r12", "r5") CHIP_STORE("r2", "r4")
                CHIP_STORE("r3", "r4") "vmov s8, s9, r4, r5\n"
            "cmp r1, r7\n"
            "bne 1b\n"
            "pop {r4-r11, pc}\n");
}

CHIP_ASM void chip_lines(struct chip_line *l __attribute__((unused))) {
    __asm__("push {r0, r4-r11, lr}\n"
            "ldr r1, [r0, #8]\n"
            "1: ldr r0, [sp]\n"
            "ldrd r0, lr, [r0]\n" /* x, x_end */
            "ldmia r1!, {r2, r3, r11, r12}\n"
            "sub r4, lr, r0\n"
            "tst r4, #4\n"
            "bne 3f\n"
            "2:\n" CHIP_LINE_STEP "3:\n" CHIP_LINE_STEP "cmp r0, lr\n"
            "bne 2b\n"
            "vldmia r1!, {s4-s7}\n" CHIP_SCALE_FOUR("s4", "s5", "s6", "s7") "ldr r10, [sp]\n"
            "ldrd r4, r6, [r10, #16]\n" /* y, zero */
            "ldr r7, [r10, #12]\n" CHIP_STORE("r2", "r4") CHIP_STORE("r3", "r4") CHIP_STORE("r11", "r4")
                CHIP_STORE("r12", "r4") "str r4, [r10, #16]\n"
            "cmp r1, r7\n"
            "bne 1b\n"
            "pop {r0, r4-r11, pc}\n");
}

/* A window's row: r3 and r12 are its activations, two from each row of them (r0, r1, r2). */
#define CHIP_ROW_OF_TWO(row, w01, w12)                                                                                 \
    "ldrd r3, r12, [" row "], #4\n"                                                                                    \
    "smlad r10, r3, " w01 ", r10\n"                                                                                    \
    "smlatb r11, r3, " w01 ", r11\n"                                                                                   \
    "smlabt r10, r12, " w12 ", r10\n"                                                                                  \
    "smlad r11, r12, " w12 ", r11\n"
#define CHIP_ROW_OF_ONE(row, w01, w12)                                                                                 \
    "ldrd r3, r12, [" row "], #4\n"                                                                                    \
    "smlad r10, r3, " w01 ", r10\n"                                                                                    \
    "smlabt r10, r12, " w12 ", r10\n"

/* On to the next row of outputs, if there is one: skip and rows are fields of `p`. */
#define CHIP_NEXT_ROW(p)                                                                                               \
    "ldrd r3, r10, [" p ", #64]\n"                                                                                     \
    "add r0, r0, r3\n"                                                                                                 \
    "add r1, r1, r3\n"                                                                                                 \
    "add r2, r2, r3\n"                                                                                                 \
    "subs r10, r10, #1\n"                                                                                              \
    "str r10, [" p ", #68]\n"                                                                                          \
    "bne 0b\n"                                                                                                         \
    "pop {r0, r4-r11, pc}\n"

/* r4 to r9 are the weights; s6 and s7 the bias, s8 the multiplier, s9 and s10 y and what is between outputs, s11 the end of
 * the row, s12 whether one output is left after it; lr the zero point. */
CHIP_ASM void chip_pairs(struct chip_rows_3x3 *p __attribute__((unused))) {
    __asm__("push {r0, r4-r11, lr}\n"
            "ldr r3, [r0, #40]\n" /* bias, multiplier, y */
            "vmov s6, r3\n"
            "vmov s7, r3\n"
            "vldr s8, [r0, #44]\n"
            "vldr s9, [r0, #48]\n"
            "ldmia r0!, {r4-r9}\n"
            "ldmia r0, {r0, r1, r2, lr}\n"
            "0: ldr r11, [sp]\n" /* a row of outputs: apart, pairs, odd */
            "vldr s10, [r11, #52]\n"
            "vldr s12, [r11, #60]\n"
            "ldr r10, [r11, #56]\n"
            "add r3, r0, r10, lsl #2\n"
            "vmov s11, r3\n"
            "cmp r0, r3\n"
            "beq 2f\n"
            "1: vmov r10, r11, s6, s7\n" CHIP_ROW_OF_TWO("r0", "r4", "r5") CHIP_ROW_OF_TWO("r1", "r6", "r7")
                CHIP_ROW_OF_TWO("r2", "r8", "r9") "vmov s0, s1, r10, r11\n"
            "vcvt.f32.s32 s0, s0\n"
            "vcvt.f32.s32 s1, s1\n"
            "vmul.f32 s0, s0, s8\n"
            "vmul.f32 s1, s1, s8\n"
            "vcvtr.s32.f32 s0, s0\n"
            "vcvtr.s32.f32 s1, s1\n"
            "vmov r10, r11, s0, s1\n"
            "vmov r3, r12, s9, s10\n"
            "qadd r11, r11, lr\n"
            "ssat r11, #8, r11\n"
            "strb r11, [r3, r12]\n" /* first: where there is no second output, this is the same byte */
            "qadd r10, r10, lr\n"
            "ssat r10, #8, r10\n"
            "strb r10, [r3]\n"
            "add r3, r3, r12, lsl #1\n"
            "vmov s9, r3\n"
            "vmov r3, s11\n"
            "cmp r0, r3\n"
            "bne 1b\n"
            "2: vmov r3, s12\n"
            "cbz r3, 3f\n"
            "mov r3, #0\n" /* the one that is left, as a pair of itself */
            "vmov s10, r3\n"
            "vmov s12, r3\n"
            "add r3, r0, #4\n"
            "vmov s11, r3\n"
            "b 1b\n"
            "3: ldr r11, [sp]\n"
            "ldrd r3, r10, [r11, #52]\n" /* past the one that was left */
            "ldr r12, [r11, #60]\n"
            "vmov r10, s9\n"
            "mla r10, r3, r12, r10\n"
            "vmov s9, r10\n"
            CHIP_NEXT_ROW("r11"));
}

/* The same where each output has pairs of its own; r11 is y. */
CHIP_ASM void chip_singles(struct chip_rows_3x3 *p __attribute__((unused))) {
    __asm__("push {r0, r4-r11, lr}\n"
            "vldr s6, [r0, #40]\n" /* bias, multiplier, y, apart */
            "vldr s8, [r0, #44]\n"
            "ldr r11, [r0, #48]\n"
            "vldr s10, [r0, #52]\n"
            "ldmia r0!, {r4-r9}\n"
            "ldmia r0, {r0, r1, r2, lr}\n"
            "0: ldr r3, [sp]\n"
            "ldr r3, [r3, #56]\n"
            "add r3, r0, r3, lsl #2\n"
            "vmov s11, r3\n"
            "1: vmov r10, s6\n" CHIP_ROW_OF_ONE("r0", "r4", "r5") CHIP_ROW_OF_ONE("r1", "r6", "r7")
                CHIP_ROW_OF_ONE("r2", "r8", "r9") "vmov s0, r10\n"
            "vcvt.f32.s32 s0, s0\n"
            "vmul.f32 s0, s0, s8\n"
            "vcvtr.s32.f32 s0, s0\n"
            "vmov r10, s0\n"
            "vmov r3, r12, s10, s11\n"
            "qadd r10, r10, lr\n"
            "ssat r10, #8, r10\n"
            "strb r10, [r11]\n"
            "add r11, r11, r3\n"
            "cmp r0, r12\n"
            "bne 1b\n"
            "ldr r12, [sp]\n"
            CHIP_NEXT_ROW("r12"));
}
#endif
