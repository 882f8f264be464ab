/* The sums of single.h for Armv6-M, by hand: compilers make little use of the upper eight registers, which hold sums here,
 * since nothing but additions takes them. Bytes are read at r1 behind the beginnings of columns, the one mode in which
 * these cores load them with their sign. */
#ifndef EDGE_CHIP_ARMV6M_H
#define EDGE_CHIP_ARMV6M_H

#define CHIP_IN __attribute__((unused)) /* in r0 to r3 */
/* All that a function must keep, and r3, is pushed. */
#define CHIP_ENTER                                                                                                     \
    ".syntax unified\n"                                                                                                \
    "push {r3-r7, lr}\n"                                                                                               \
    "mov r4, r8\n"                                                                                                     \
    "mov r5, r9\n"                                                                                                     \
    "mov r6, r10\n"                                                                                                    \
    "mov r7, r11\n"                                                                                                    \
    "push {r4-r7}\n"
#define CHIP_LEAVE                                                                                                     \
    "pop {r4-r7}\n"                                                                                                    \
    "mov r8, r4\n"                                                                                                     \
    "mov r9, r5\n"                                                                                                     \
    "mov r10, r6\n"                                                                                                    \
    "mov r11, r7\n"                                                                                                    \
    "pop {r3-r7, pc}\n"

/* r5 or r6, two products of a column of weights, to its sums: of both pixels, and of the second. */
#define CHIP_SUM(products, all, second)                                                                                \
    "adds " products ", " products ", r4\n"                                                                            \
    "add " products ", r12\n"                                                                                          \
    "add " all ", " products "\n"                                                                                      \
    "lsrs " products ", " products ", #16\n"                                                                           \
    "add " second ", " products "\n"
/* 8 products: two words of activations (r0) with two weights of either column (r2, r3). */
#define CHIP_TWO_STEPS                                                                                                 \
    "ldm r0!, {r4, r7}\n"                                                                                              \
    "ldrsb r5, [r2, r1]\n"                                                                                             \
    "muls r5, r4, r5\n"                                                                                                \
    "ldrsb r6, [r3, r1]\n"                                                                                             \
    "muls r6, r4, r6\n"                                                                                                \
    "adds r1, r1, #1\n"                                                                                                \
    "ldrsb r4, [r2, r1]\n"                                                                                             \
    "muls r4, r7, r4\n" CHIP_SUM("r5", "r8", "r10") "ldrsb r4, [r3, r1]\n"                                             \
    "muls r4, r7, r4\n" CHIP_SUM("r6", "r9", "r11") "adds r1, r1, #1\n"

CHIP_ASM const uint32_t *chip_products(const chip_pair *x CHIP_IN, const chip_pair *x_end CHIP_IN,
                                       const uint32_t *w CHIP_IN, uint32_t *sums CHIP_IN) {
    __asm__(CHIP_ENTER
            "mov lr, r1\n"
            "subs r1, r1, r0\n"
            "lsrs r1, r1, #2\n" /* the length of a column */
            "adds r2, r2, #8\n"
            "adds r3, r2, r1\n"
            "movs r1, #255\n" /* CHIP_APART is 255 * 2^7 */
            "lsls r4, r1, #7\n"
            "lsls r1, r1, #23\n"
            "orrs r1, r1, r4\n"
            "mov r12, r1\n"
            "movs r1, #0\n"
            "mov r8, r1\n"
            "mov r9, r1\n"
            "mov r10, r1\n"
            "mov r11, r1\n"
            "1:\n" CHIP_TWO_STEPS CHIP_TWO_STEPS "cmp r0, lr\n"
            "bne 1b\n"
            "adds r0, r3, r1\n" /* what is behind the weights */
            "lsrs r1, r1, #1\n" /* times CHIP_APART was added to each sum */
            "lsls r3, r1, #15\n"
            "lsls r1, r1, #7\n"
            "subs r3, r3, r1\n"
            "subs r2, r2, #8\n"
            "ldm r2, {r1, r2}\n"
            "subs r1, r1, r3\n"
            "subs r2, r2, r3\n"
            "mov r3, r10\n"
            "mov r4, r11\n"
            "lsls r5, r3, #16\n"
            "lsls r6, r4, #16\n"
            "subs r5, r1, r5\n"
            "subs r6, r2, r6\n"
            "add r5, r8\n"
            "add r6, r9\n"
            "adds r1, r1, r3\n"
            "adds r2, r2, r4\n"
            "ldr r3, [sp, #16]\n"
            "stm r3!, {r5, r6}\n"
            "stm r3!, {r1, r2}\n"
            CHIP_LEAVE);
}

/* An activation (r0) with a weight of each of four columns (r2 to r5). */
#define CHIP_LINE_STEP                                                                                                 \
    "ldrsb r6, [r0, r1]\n" CHIP_LINE_PRODUCT("r2", "r8") CHIP_LINE_PRODUCT("r3", "r9") CHIP_LINE_PRODUCT("r4", "r10")  \
        CHIP_LINE_PRODUCT("r5", "r11") "adds r1, r1, #1\n"
#define CHIP_LINE_PRODUCT(column, sum) "ldrsb r7, [" column ", r1]\n muls r7, r6, r7\n add " sum ", r7\n"

CHIP_ASM const uint32_t *chip_line_products(const int8_t *x CHIP_IN, const int8_t *x_end CHIP_IN,
                                            const uint32_t *w CHIP_IN, uint32_t *sums CHIP_IN) {
    __asm__(CHIP_ENTER
            "ldm r2!, {r4-r7}\n"
            "mov r8, r4\n"
            "mov r9, r5\n"
            "mov r10, r6\n"
            "mov r11, r7\n"
            "subs r1, r1, r0\n" /* the length of a column */
            "mov r12, r1\n"
            "adds r3, r2, r1\n"
            "adds r4, r3, r1\n"
            "adds r5, r4, r1\n"
            "movs r1, #0\n"
            "1:\n" CHIP_LINE_STEP CHIP_LINE_STEP CHIP_LINE_STEP CHIP_LINE_STEP "cmp r1, r12\n"
            "bne 1b\n"
            "adds r0, r5, r1\n" /* what is behind the weights */
            "mov r4, r8\n"
            "mov r5, r9\n"
            "mov r6, r10\n"
            "mov r7, r11\n"
            "ldr r3, [sp, #16]\n"
            "stm r3!, {r4-r7}\n" CHIP_LEAVE);
}
#endif
