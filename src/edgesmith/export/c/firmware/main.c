/* Runs the self-test on this board, counts one inference, and answers what the host has in inputs.bin. */
#include "MODEL.h"
#include "board.h"

enum { PAINT = 0x25c35a3c, OTHER_PAINT = 0x5a3ca5c3, MARGIN = 64, LOOP = 100000 };
enum { OPEN = 1, CLOSE = 2, PRINT = 4, WRITE = 5, READ = 6, READ_BYTES = 1, WRITE_BYTES = 5 };
static const uint32_t input_bytes[] = {INPUT_BYTES}, output_bytes[] = {OUTPUT_BYTES};

static void say(const char *text) { board_host(PRINT, text); }
static void say_number(uint64_t value) {
    char digits[24], *at = digits + 23;
    *at = 0;
    do *--at = (char)('0' + value % 10), value /= 10;
    while (value);
    say(at);
}

#if defined(PROFILE) /* make profile: what every step takes */
static uint64_t ends[MODEL_STEPS];
void MODEL_trace(int32_t step, const void *bytes, uint32_t count) {
    (void)bytes, (void)count;
    ends[step] = board_instructions();
}
static void say_steps(void) {
    for (int32_t i = 0; i < MODEL_STEPS; i++)
        say("step "), say_number((uint32_t)i), say(": "), say_number(ends[i] - (i ? ends[i - 1] : 0)), say("\n");
}
#elif defined(MODEL_TRACE) /* make trace: what every step wrote, for edgesmith trace */
void MODEL_trace(int32_t step, const void *bytes, uint32_t count) { MODEL_trace_line(step, bytes, count, say); }
#endif

/* Emulated flash can be written to, and so can some boards': what is in it must not change. */
static uint32_t flash_sum(void) {
    uint32_t sum = 0;
    for (const uint32_t *at = flash_low; at != flash_high; at++) sum = (sum << 1 | sum >> 31) ^ *at;
    return sum;
}

/* RAM of emulators starts as zeros: another pattern finds what is read before it is written, and how far. */
static void paint_arena(uint32_t paint) {
    for (uint32_t *at = arena_low; at != arena_high; at++) *at = paint;
}
static uint32_t arena_used(uint32_t paint) {
    const uint32_t *at = arena_high;
    while (at != arena_low && at[-1] == paint) at--;
    return (uint32_t)((uintptr_t)at - (uintptr_t)arena_low);
}

/* The deepest stack below this function while the model runs. */
__attribute__((noinline)) static uint32_t stack_used(uint64_t *instructions) {
    const uintptr_t sp = board_stack_pointer();
    for (volatile uint32_t *at = stack_low; (uintptr_t)at < sp - MARGIN; at++) *at = PAINT;
    board_start();
    MODEL_run();
    *instructions = board_instructions();
    const uint32_t *at = stack_low;
    while (*at == PAINT) at++;
    return (uint32_t)(sp - (uintptr_t)at);
}

static void begin_sequence(void) {
#if MODEL_STATES
    MODEL_reset();
#endif
}

static int32_t open_file(const char *name, uint32_t length, uint32_t mode) {
    const uintptr_t request[] = {(uintptr_t)name, mode, length};
    return board_host(OPEN, request);
}
/* Reads or writes whole; whether there was so much. */
static int32_t moved(uint32_t operation, int32_t file, const void *bytes, uint32_t count) {
    const uintptr_t request[] = {(uintptr_t)file, (uintptr_t)bytes, count};
    return board_host(operation, request) == 0;
}
static int32_t read_inputs(int32_t file) {
    for (int32_t i = 0; i < MODEL_INPUTS; i++)
        if (!moved(READ, file, MODEL_input(i), input_bytes[i])) return 0;
    return 1;
}

/* Run after run of inputs, as they lie in memory, one sequence where the model remembers; answers in outputs.bin. */
static void answer_host(void) {
    const int32_t inputs = open_file("inputs.bin", 10, READ_BYTES);
    if (inputs < 0) return;
    const int32_t outputs = open_file("outputs.bin", 11, WRITE_BYTES);
    uint32_t runs = 0;
    uint64_t most = 0;
    begin_sequence();
    for (; read_inputs(inputs); runs++) {
        board_start();
        if (MODEL_run()) break;
        const uint64_t took = board_instructions();
        if (took > most) most = took;
        for (int32_t i = 0; i < MODEL_OUTPUTS; i++) moved(WRITE, outputs, MODEL_output(i), output_bytes[i]);
    }
    const uintptr_t files[] = {(uintptr_t)inputs, (uintptr_t)outputs};
    board_host(CLOSE, files), board_host(CLOSE, files + 1);
    say("inputs.bin: "), say_number(runs), say(" runs, "), say_number(most), say(" instructions at most\n");
}

int32_t board_main(void) {
    board_start();
    board_loop(LOOP);
    const uint64_t counted = board_instructions();
    say("counter: "), say_number(counted), say(" instructions where "), say_number(2 * LOOP), say(" ran\n");
#if defined(MODEL_TRACE) && !defined(PROFILE)
    return MODEL_selftest();
#endif
    const uint32_t before = flash_sum();
    uint32_t used = 0;
    int32_t failed = 0;
    for (int32_t turn = 0; turn < 2 && !failed; turn++) {
        const uint32_t paint = turn ? OTHER_PAINT : PAINT;
        paint_arena(paint);
        failed = MODEL_selftest();
        if (arena_used(paint) > used) used = arena_used(paint);
    }
    say("self-test: ");
    if (failed) say("run "), say_number((uint32_t)failed), say(" differs from the desk\n");
    else say("every run is as on the desk\n");
    uint64_t instructions;
    const uint32_t stack = stack_used(&instructions);
    say("instructions: "), say_number(instructions), say(" an inference\n");
#if defined(PROFILE)
    say_steps();
#endif
    say("stack: "), say_number(stack), say(" bytes\n");
    say("arena: "), say_number(used), say(" bytes written\n");
    answer_host();
    const int32_t changed = flash_sum() != before;
    say(changed ? "constants: changed\n" : "constants: unchanged\n");
    return failed || changed;
}
