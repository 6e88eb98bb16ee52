/* sparkline.h - figures as a row of bars, a character each (E. Tufte, Beautiful Evidence, 2006, "Sparklines"). */
#ifndef ADMIN_SPARKLINE_H
#define ADMIN_SPARKLINE_H
#include "core/base/buffer.h"

/* Appends a bar for each of `count` values, of eight heights from 0 to `most`; a blank for one below 0, which is unknown. */
void sparkline_append(struct buffer *out, const double *values, size_t count, double most);
#endif
