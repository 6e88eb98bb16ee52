/* csv_fuzz.c - CSV files of imports, cut into pieces: the first byte says how large (bits 0-4), and of what noun the rows
 * are (bits 5-7). */
#include "admin/csv.h"
#include "core/registry/noun.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static const struct noun *noun_of(unsigned number)
{
    static const char *const names[] = {"conversion", "creator", "link", "cost",
                                        "post"}; /* imports */
    return noun_find(slice_of_string(names[number % (sizeof names / sizeof *names)]));
}

/* Each row's cells as the noun's first fields, whichever those are. */
static int take_row(void *context, const struct csv_row *row)
{
    const struct noun *noun = context;
    if (row->wrong) {
        if (row->count != 0)
            abort();
        return JALON_OK;
    }
    struct slice names[CSV_CELLS_MAX];
    size_t count = row->count < noun->field_count ? row->count : noun->field_count;
    for (size_t i = 0; i < count; i++)
        names[i] = slice_of_string(noun->fields[i].name);
    struct problem problem;
    problem_init(&problem);
    json_t *input;
    int err = noun_from_text(noun, names, row->cells, count, &input, &problem);
    if (err)
        return JALON_OK;
    json_t *clean;
    if (noun_check(noun, input, &clean, &problem) == JALON_OK)
        json_decref(clean);
    else if (problem.kind == PROBLEM_NONE)
        abort();
    json_decref(input);
    return JALON_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    size_t piece = (size_t)(bytes[0] & 31) + 1;
    struct slice text = slice_of(bytes + 1, size - 1);
    struct csv_reader *reader;
    if (csv_reader_new(&reader, take_row, (void *)noun_of(bytes[0] >> 5)))
        return 0;
    int err = JALON_OK;
    for (size_t at = 0; !err && at < text.size; at += piece)
        err = csv_reader_feed(reader, slice_first(slice_from(text, at), piece));
    if (!err)
        err = csv_reader_end(reader);
    csv_reader_free(reader);
    return 0;
}
