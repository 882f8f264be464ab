/* What a board gives main.c. */
#ifndef BOARD_H
#define BOARD_H
#include <stdint.h>

/* Where the linker put things (link.ld). */
extern uint32_t flash_low[], flash_high[], arena_low[], arena_high[], stack_low[], stack_high[];

int32_t board_main(void);
/* Asks the host, an emulator or a debugger, for a service of Arm's semihosting. */
int32_t board_host(uint32_t operation, const void *argument);
/* Counts instructions under QEMU's -icount shift=0, since board_start(). */
void board_start(void);
uint64_t board_instructions(void);

static inline uintptr_t board_stack_pointer(void) {
    uintptr_t sp;
#if defined(__arm__)
    __asm__ volatile("mov %0, sp" : "=r"(sp));
#else
    __asm__ volatile("mv %0, sp" : "=r"(sp));
#endif
    return sp;
}

/* A loop of known length, two instructions a turn, to check the counter with. */
static inline void board_loop(uint32_t turns) {
#if defined(__arm__)
    __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n bne 1b" : "+l"(turns) : : "cc");
#else
    __asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(turns));
#endif
}
#endif
