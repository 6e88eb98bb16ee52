/* vectors.h - reads tests/vectors/: tables and rings that an independent implementation wrote. */
#ifndef TESTS_VECTORS_H
#define TESTS_VECTORS_H
#include "core/base/slice.h"
#include "core/sign/key_ring.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#define VECTORS_COLUMNS_MAX 10

struct vectors {
    char *text;
    struct slice rest;
    unsigned row;
};

static inline char *vectors_file(const char *name, size_t *ret_size)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/vectors/%s", TESTS_FOLDER, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = malloc(1 << 20);
    assert_non_null(text);
    *ret_size = fread(text, 1, 1 << 20, file);
    assert_true(*ret_size > 0 && *ret_size < 1 << 20);
    assert_int_equal(fclose(file), 0);
    return text;
}

static inline jalon_keys *vectors_ring(const char *name)
{
    size_t size;
    char *text = vectors_file(name, &size);
    jalon_keys *keys = NULL;
    assert_int_equal(jalon_keys_parse(&keys, text, size), JALON_OK);
    free(text);
    return keys;
}

static inline struct vectors vectors_open(const char *name)
{
    struct vectors vectors = {0};
    size_t size;
    vectors.text = vectors_file(name, &size);
    vectors.rest = slice_of(vectors.text, size);
    return vectors;
}

/* The next row's `columns` cells; false after the last row. */
static inline bool vectors_next(struct vectors *vectors, struct slice *ret_cells, size_t columns)
{
    struct slice line = SLICE("#");
    while (vectors->rest.size && line.data[0] == '#')
        line = slice_take(&vectors->rest, '\n');
    if (line.data[0] == '#') {
        free(vectors->text);
        return false;
    }
    vectors->row++;
    for (size_t i = 0; i < columns; i++)
        ret_cells[i] = slice_take(&line, '\t');
    assert_int_equal(line.size, 0);
    return true;
}

static inline int vectors_expected(struct slice cell)
{
    if (slice_is(cell, "mint"))
        return JALON_OK;
    for (int error = 0; error < 100; error++)
        if (slice_is(cell, jalon_error_name(error)))
            return error;
    fail_msg("no such error: %.*s", SLICE_ARG(cell));
    return -1;
}

static inline uint64_t vectors_number(struct slice cell, int base)
{
    char text[32];
    assert_int_equal(slice_to_string(text, sizeof text, cell), JALON_OK);
    char *end;
    uint64_t number = strtoull(text, &end, base);
    assert_int_equal(*end, '\0');
    return number;
}

/* The cell as a C string in `text`. */
static inline const char *vectors_string(char *text, size_t capacity, struct slice cell)
{
    assert_int_equal(slice_to_string(text, capacity, cell), JALON_OK);
    return text;
}
#endif
