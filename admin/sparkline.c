#include "admin/sparkline.h"

#define HEIGHTS 8

void sparkline_append(struct buffer *out, const double *values, size_t count, double most)
{
    static const char *const bars[HEIGHTS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    for (size_t i = 0; i < count; i++) {
        double share = most > 0 && values[i] < most ? values[i] / most : most > 0;
        if (values[i] < 0)
            buffer_append_byte(out, ' ');
        else
            buffer_append_string(out, bars[(size_t)(share * (HEIGHTS - 1) + 0.5)]);
    }
}
