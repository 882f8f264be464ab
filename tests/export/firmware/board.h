/* What a board gives the test. */
#ifndef BOARD_H
#define BOARD_H
#include <stdint.h>

int32_t board_main(void);
void board_say(const char *text);
_Noreturn void board_exit(int32_t code);
void board_start(void);         /* the counter */
uint32_t board_ticks(void);     /* since then; UINT32_MAX where it wrapped */
void board_paint_stack(void);
uint32_t board_stack_now(void); /* bytes in use */
uint32_t board_stack(void);     /* bytes ever used since it was painted */
#endif
