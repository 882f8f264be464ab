/* Runs the self-test, then counts one inference: its ticks, its stack, and whether anything constant changed. */
#include "board.h"

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(what) JOIN(MODEL, what)

int32_t NAME(_run)(void);
int32_t NAME(_selftest)(void);
void *NAME(_input)(int32_t i);

static void say(const char *label, uint32_t value) {
    char digits[12], *at = digits + 11;
    *at = 0;
    do *--at = (char)('0' + value % 10), value /= 10;
    while (value);
    board_say(label), board_say(at), board_say("\n");
}

/* A loop of known length: two instructions a turn. */
static void known(uint32_t turns) {
#if defined(__arm__)
    __asm__ volatile(".syntax unified\n1: subs %0, %0, #1\n bne 1b" : "+r"(turns) : : "cc");
#else
    __asm__ volatile("1: addi %0, %0, -1\n bnez %0, 1b" : "+r"(turns));
#endif
}

#ifdef STEP_TICKS
static uint32_t step_ticks[1000];
void NAME(_trace)(int32_t step, const void *bytes, uint32_t count) {
    (void)bytes, (void)count;
    step_ticks[step] = board_ticks();
}
#endif

int32_t board_main(void) {
    board_start();
    known(1000000);
    say("known ", board_ticks());
    const int32_t differs = NAME(_selftest)();
    say("differs ", (uint32_t)differs);
    board_paint_stack();
    board_start();
    const uint32_t before = board_stack_now();
    NAME(_run)();
    const uint32_t ticks = board_ticks();
    say("ticks ", ticks);
#ifdef STEP_TICKS
    for (int i = 0; i < 1000 && step_ticks[i]; i++) say("step ", step_ticks[i] - (i ? step_ticks[i - 1] : 0));
#endif
    say("stack ", board_stack() - before);
    return differs;
}
