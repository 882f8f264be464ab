/* Start, instruction counter and output of a Cortex-M under QEMU. */
#include "board.h"

extern uint32_t data_start[], data_end[], data_load[], stack_low[], stack_high[];
void reset(void);
static void fault(void) {
    board_exit(99);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
    stack_high, (void *)reset, (void *)fault, (void *)fault, (void *)fault, (void *)fault, (void *)fault,
};

#define REGISTER(address) (*(volatile uint32_t *)(address))
enum { PAINT = 0xa5c35a3c };

void reset(void) {
    for (uint32_t *from = data_load, *to = data_start; to != data_end;) *to++ = *from++;
    extern uint32_t bss_start[], bss_end[];
    for (uint32_t *at = bss_start; at != bss_end; at++) *at = 0;
#if defined(__ARM_FP)
    REGISTER(0xE000ED88) |= 0xfu << 20; /* the FPU, and Helium with it */
    __asm__ volatile("dsb\n isb");
#endif
    for (volatile uint32_t *at = stack_low; (uintptr_t)at < (uintptr_t)&at - 64; at++) *at = PAINT;
    board_exit(board_main());
}

uint32_t board_stack(void) {
    const uint32_t *at = stack_low;
    while (*at == PAINT) at++;
    return (uint32_t)((uintptr_t)stack_high - (uintptr_t)at);
}
uint32_t board_stack_now(void) {
    uint32_t sp;
    __asm__ volatile("mov %0, sp" : "=r"(sp));
    return (uint32_t)((uintptr_t)stack_high - sp);
}
void board_paint_stack(void) {
    for (volatile uint32_t *at = stack_low; (uintptr_t)at < (uintptr_t)&at - 64; at++) *at = PAINT;
}

void board_start(void) {
    REGISTER(0xE000E010) = 0;
    REGISTER(0xE000E014) = 0xffffff;
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 5;
}
uint32_t board_ticks(void) {
    const uint32_t now = REGISTER(0xE000E018);
    if (REGISTER(0xE000E010) & 1u << 16) return UINT32_MAX; /* it wrapped */
    return 0xffffff - now;
}

static int32_t semihosting(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}
void board_say(const char *text) { semihosting(4, text); }
_Noreturn void board_exit(int32_t code) {
    const uint32_t reason[2] = {0x20026, (uint32_t)code};
    semihosting(0x20, reason);
    for (;;) { }
}
