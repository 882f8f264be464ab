/* Start, counter and host of a 32-bit RISC-V. */
#include "board.h"

extern uint32_t data_low[], data_high[], data_load[], bss_low[], bss_high[];
static uint64_t started;

_Noreturn static void leave(int32_t code) {
    const uint32_t reason[2] = {0x20026, (uint32_t)code};
    for (;;) board_host(0x20, reason);
}
__attribute__((used, aligned(4))) static void fault(void) {
    board_host(4, "fault: the core has stopped\n");
    leave(99);
}
__attribute__((used, noreturn)) static void begin(void) {
    for (uint32_t *from = data_load, *to = data_low; to != data_high;) *to++ = *from++;
    for (uint32_t *at = bss_low; at != bss_high; at++) *at = 0;
    leave(board_main());
}
__attribute__((naked, section(".vectors"), used)) void reset(void) {
    __asm__(".option push\n .option arch, +zicsr\n la sp, stack_high\n la t0, fault\n csrw mtvec, t0\n j begin\n"
            ".option pop");
}

static uint32_t retired(void) {
    uint32_t count;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, minstret\n .option pop" : "=r"(count));
    return count;
}
static uint32_t retired_high(void) {
    uint32_t count;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, minstreth\n .option pop" : "=r"(count));
    return count;
}
static uint64_t all_retired(void) {
    uint32_t high, low;
    do high = retired_high(), low = retired();
    while (high != retired_high());
    return (uint64_t)high << 32 | low;
}
void board_start(void) { started = all_retired(); }
uint64_t board_instructions(void) { return all_retired() - started; }

int32_t board_host(uint32_t operation, const void *argument) {
    register uint32_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = argument;
    __asm__ volatile(".option push\n .option norvc\n slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n .option pop"
                     : "+r"(a0) : "r"(a1) : "memory");
    return (int32_t)a0;
}
