/* clock.h - the two clocks. Read once per loop turn or command and passed on. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include <stdint.h>

int64_t clock_wall_ms(void);      /* milliseconds since 1970-01-01 UTC; may jump */
int64_t clock_monotonic_ms(void); /* milliseconds since some start; never goes back */
#endif
