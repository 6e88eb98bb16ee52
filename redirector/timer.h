/* timer.h - one-shot timers and watched descriptors of a worker's loop. Each callback runs in a loop turn
 * (worker_turn), on the worker's thread. */
#ifndef REDIRECTOR_TIMER_H
#define REDIRECTOR_TIMER_H
#include "core/base/error.h"

#include <stdbool.h>

struct timer;
struct worker;
typedef void timer_fire(void *context);

/* Not running yet. JALON_NO_MEMORY. */
CHECKED int timer_new(struct timer **ret_timer, struct worker *worker, timer_fire *fire,
                      void *context);
struct timer *timer_free(struct timer *timer); /* accepts NULL; fine in its own callback */

/* Fires once, in `ms` (0: at the next loop turn), unless it runs already. No system call, no allocation once
 * it was set before. */
void timer_set(struct timer *timer, unsigned ms);

/* Fires each time that `fd` is readable, until it is freed; the callback reads it empty. */
CHECKED int timer_watch(struct timer **ret_timer, struct worker *worker, int fd, timer_fire *fire,
                        void *context);
#endif
