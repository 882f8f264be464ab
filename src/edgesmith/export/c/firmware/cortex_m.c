/* Start, counter and host of a Cortex-M. */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYSTICK_CONTROL REGISTER(0xE000E010)
#define SYSTICK_RELOAD REGISTER(0xE000E014)
#define SYSTICK_VALUE REGISTER(0xE000E018)
#define CONFIGURATION REGISTER(0xE000ED14)
#define COPROCESSORS REGISTER(0xE000ED88)
enum { PERIOD = 1 << 24, ON = 7, TRAP_UNALIGNED = 1 << 3 };

extern uint32_t data_low[], data_high[], data_load[], bss_low[], bss_high[];
void reset(void);

static volatile uint32_t wraps;

_Noreturn static void leave(int32_t code) {
    const uint32_t reason[2] = {0x20026, (uint32_t)code};
    for (;;) board_host(0x20, reason);
}
static void fault(void) {
    board_host(4, "fault: the core has stopped\n");
    leave(99);
}
static void tick(void) { wraps++; }

__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handlers[15])(void);
} vectors = {stack_high, {reset, fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, tick}};

void reset(void) {
    for (uint32_t *from = data_load, *to = data_low; to != data_high;) *to++ = *from++;
    for (uint32_t *at = bss_low; at != bss_high; at++) *at = 0;
#if defined(__ARM_FP)
    COPROCESSORS |= 0xfu << 20; /* the FPU, and Helium with it */
#endif
#if !defined(__ARM_FEATURE_UNALIGNED)
    CONFIGURATION |= TRAP_UNALIGNED; /* a larger core stands in for one that never reads across words */
#endif
    __asm__ volatile("dsb\n isb");
    leave(board_main());
}

void board_start(void) {
    SYSTICK_CONTROL = 0;
    wraps = 0;
    SYSTICK_RELOAD = PERIOD - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = ON;
}
uint64_t board_instructions(void) {
    uint32_t turns, now;
    do turns = wraps, now = SYSTICK_VALUE;
    while (turns != wraps);
    return ((uint64_t)turns * PERIOD + (PERIOD - 1 - now)) * QUARTERS_PER_TICK / 4;
}

int32_t board_host(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return (int32_t)r0;
}
