/* Start, instruction counter and output of a 32-bit RISC-V under QEMU. */
#include "board.h"

extern uint32_t data_start[], data_end[], data_load[], bss_start[], bss_end[], stack_low[], stack_high[];
enum { PAINT = 0x25c35a3c };
static uint32_t started;

__attribute__((used, noreturn)) static void begin(void) {
    for (uint32_t *from = data_load, *to = data_start; to != data_end;) *to++ = *from++;
    for (uint32_t *at = bss_start; at != bss_end; at++) *at = 0;
    board_exit(board_main());
}
__attribute__((naked, section(".vectors"), used)) void reset(void) {
    __asm__("la sp, stack_high\n j begin\n");
}

uint32_t board_stack_now(void) {
    uint32_t sp;
    __asm__ volatile("mv %0, sp" : "=r"(sp));
    return (uint32_t)((uintptr_t)stack_high - sp);
}
void board_paint_stack(void) {
    volatile uint32_t here;
    for (volatile uint32_t *at = stack_low; (uintptr_t)at < (uintptr_t)&here - 64; at++) *at = PAINT;
}
uint32_t board_stack(void) {
    const uint32_t *at = stack_low;
    while (*at == PAINT) at++;
    return (uint32_t)((uintptr_t)stack_high - (uintptr_t)at);
}

static uint32_t retired(void) {
    uint32_t count;
    __asm__ volatile(".option push\n .option arch, +zicsr\n csrr %0, minstret\n .option pop" : "=r"(count));
    return count;
}
void board_start(void) { started = retired(); }
uint32_t board_ticks(void) { return retired() - started; }

static int32_t semihosting(uint32_t operation, const void *argument) {
    register uint32_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = argument;
    __asm__ volatile(".option push\n .option norvc\n slli x0, x0, 0x1f\n ebreak\n srai x0, x0, 7\n .option pop"
                     : "+r"(a0) : "r"(a1) : "memory");
    return (int32_t)a0;
}
void board_say(const char *text) { semihosting(4, text); }
_Noreturn void board_exit(int32_t code) {
    const uint32_t reason[2] = {0x20026, (uint32_t)code};
    semihosting(0x20, reason);
    for (;;) { }
}
