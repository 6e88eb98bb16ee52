#include "admin/table.h"

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static char *print(struct table *table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    assert_int_equal(table_print(table, out), JALON_OK);
    (void)fclose(out); /* memory */
    return text;
}

static struct table *make(void)
{
    struct table *table;
    assert_int_equal(table_new(&table), JALON_OK);
    assert_int_equal(table_add_column(table, "Name", 0), JALON_OK);
    assert_int_equal(table_add_column(table, "Count", TABLE_RIGHT), JALON_OK);
    assert_int_equal(table_add_column(table, "Note", TABLE_CUT | TABLE_MINOR), JALON_OK);
    return table;
}

static void add(struct table *table, struct slice name, struct slice count, struct slice note)
{
    assert_int_equal(table_add_row(table), JALON_OK);
    assert_int_equal(table_set(table, 0, name), JALON_OK);
    assert_int_equal(table_set(table, 1, count), JALON_OK);
    assert_int_equal(table_set(table, 2, note), JALON_OK);
}

static void test_columns(void **state)
{
    (void)state;
    struct table *table = make();
    add(table, SLICE("marie"), SLICE("7"), SLICE("first"));
    add(table, SLICE("Zoé"), SLICE("12345"), SLICE("–"));
    table_set_bold(table); /* no terminal: plain */
    char *text = print(table);
    assert_string_equal(text, "Name   Count  Note\n"
                              "marie      7  first\n"
                              "Zoé    12345  –\n");
    free(text);
    assert_null(table_free(table));
}

static void test_no_rows_print_nothing(void **state)
{
    (void)state;
    struct table *table = make();
    char *text = print(table);
    assert_string_equal(text, "");
    free(text);
    table_free(table);
    assert_null(table_free(NULL));
}

/* A name must not be able to move a terminal's cursor or to colour it. */
static void test_hostile_cells(void **state)
{
    (void)state;
    static const char *const cells[] = {"\033[31mred",  "a\nb",     "a\rb",
                                        "a\tb",         "\x07",     "\x7f",
                                        "\xc2\x9b[31m", "\xff\xfe", "\xe2\x80"};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct table *table = make();
        add(table, slice_of_string(cells[i]), SLICE_NONE, SLICE("x"));
        char *text = print(table);
        char *row = strchr(text, '\n') + 1;
        for (const char *c = row; c[0] != '\n' || c[1] != '\0'; c++)
            if ((unsigned char)*c < 0x20 || *c == 0x7f)
                fail_msg("cell %zu lets through 0x%02x", i, (unsigned char)*c);
        assert_null(strstr(row, "\xc2\x9b"));
        assert_true(slice_is_utf8(slice_of_string(text)));
        free(text);
        table_free(table);
    }
}

/* Nor to make its line read as another: the width is that of what is shown. */
static void test_marks_of_direction_are_shown(void **state)
{
    (void)state;
    struct table *table = make();
    add(table, SLICE("1042\u202e"), SLICE("7"), SLICE("a\u200bb"));
    add(table, SLICE("1043"), SLICE("8"), SLICE("c"));
    char *text = print(table);
    assert_string_equal(text, "Name        Count  Note\n"
                              "1042\\u202E      7  a\\u200Bb\n"
                              "1043            8  c\n");
    free(text);
    table_free(table);
}

/* Off a terminal nothing is shortened or left out. */
static void test_a_pipe_gets_all(void **state)
{
    (void)state;
    setenv("COLUMNS", "20", 1);
    char words[1001];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    struct table *table = make();
    add(table, SLICE("marie"), SLICE("7"), slice_of_string(words));
    char *text = print(table);
    assert_non_null(strstr(text, words));
    free(text);
    table_free(table);
}

static void test_a_bound_on_columns(void **state)
{
    (void)state;
    struct table *table;
    assert_int_equal(table_new(&table), JALON_OK);
    int err = JALON_OK, count = 0;
    while (!err && count < 1000) {
        err = table_add_column(table, "x", 0);
        count++;
    }
    assert_int_equal(err, JALON_FULL);
    table_free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),         cmocka_unit_test(test_no_rows_print_nothing),
        cmocka_unit_test(test_hostile_cells),   cmocka_unit_test(test_marks_of_direction_are_shown),
        cmocka_unit_test(test_a_pipe_gets_all), cmocka_unit_test(test_a_bound_on_columns),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
