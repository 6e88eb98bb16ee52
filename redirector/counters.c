#include "redirector/counters.h"

struct row {
    const char *name, *labels, *type, *help;
    size_t offset;
};

static const struct row rows[] = {
#define COUNTER_ROW(field, name, labels, type, help)                                               \
    {name, labels, type, help, offsetof(struct counters, field)},
    COUNTERS(COUNTER_ROW)
#undef COUNTER_ROW
};

#define ROWS (sizeof rows / sizeof *rows)

static uint64_t sum(const struct row *row, struct counters *const *all, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        const char *base = (const char *)all[i];
        total += atomic_load_explicit((const _Atomic uint64_t *)(const void *)(base + row->offset),
                                      memory_order_relaxed);
    }
    return total;
}

/* Samples of one name stand together, under one HELP and TYPE. */
static void write_head(struct buffer *out, const struct row *row, const struct row *before)
{
    if (before && slice_is(slice_of_string(before->name), row->name))
        return;
    buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, row->type);
}

void counters_write(struct buffer *out, struct counters *const *all, size_t count)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        write_head(out, row, i ? row - 1 : NULL);
        buffer_append_string(out, row->name);
        if (*row->labels)
            buffer_printf(out, "{%s}", row->labels);
        buffer_append_byte(out, ' ');
        buffer_append_u64(out, sum(row, all, count));
        buffer_append_byte(out, '\n');
    }
}
