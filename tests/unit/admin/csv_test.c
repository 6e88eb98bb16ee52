#include "admin/csv.h"
#include "core/base/buffer.h"
#include "tests/unit/guard_page.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

/* Rows are written down as LINE[cell|cell], or LINE! for one that can't be read. Expected values: RFC 4180, and
 * Python's csv module where the RFC is silent. */
static const struct {
    const char *name, *text, *rows;
    int error;
} cases[] = {
    {"plain", "a,b\n1,2\n", "1[a|b]2[1|2]", JALON_OK},
    {"no line end at the end", "a,b\n1,2", "1[a|b]2[1|2]", JALON_OK},
    {"CRLF", "a,b\r\n1,2\r\n", "1[a|b]2[1|2]", JALON_OK},
    {"CR alone", "a,b\r1,2\r3,4", "1[a|b]2[1|2]3[3|4]", JALON_OK},
    {"byte-order mark",
     "\xef\xbb\xbf"
     "a,b\n1,2\n",
     "1[a|b]2[1|2]", JALON_OK},
    {"semicolons", "a;b\n1,5;2\n", "1[a|b]2[1,5|2]", JALON_OK},
    {"tabs", "a\tb\n1\t2\n", "1[a|b]2[1|2]", JALON_OK},
    {"semicolons in a comma file", "a,b,c\nx;y,2,3\n", "1[a|b|c]2[x;y|2|3]", JALON_OK},
    {"quotes", "a,b\n\"x, y\",\"say \"\"hi\"\"\"\n", "1[a|b]2[x, y|say \"hi\"]", JALON_OK},
    {"a line end in quotes", "a,b\n\"x\ny\",2\n3,4\n", "1[a|b]2[x\ny|2]4[3|4]", JALON_OK},
    {"CRLF in quotes", "a,b\n\"x\r\ny\",2\n3,4\n", "1[a|b]2[x\r\ny|2]4[3|4]", JALON_OK},
    {"empty cells", "a,b,c\n,,\n1,,3\n", "1[a|b|c]2[||]3[1||3]", JALON_OK},
    {"blank lines are counted", "a,b\n\n\r\n  \n1,2\n", "1[a|b]5[1|2]", JALON_OK},
    {"only empty cells", ",\n", "1[|]", JALON_OK},
    {"one column", "a\n1\n2\n", "1[a]2[1]3[2]", JALON_OK},
    {"spaces around a cell", "a,b\n 1 , \"2\" \n", "1[a|b]2[1|2]", JALON_OK},
    {"nothing", "", "", JALON_OK},
    {"only blank lines", "\n\n", "", JALON_OK},
    {"only a mark", "\xef\xbb\xbf", "", JALON_OK},
    {"more cells than the header", "a,b\n1,2,3\n", "1[a|b]2[1|2|3]", JALON_OK},
    {"a stray quote, and on", "a,b\nx\"y,2\n3,4\n", "1[a|b]2!3[3|4]", JALON_OK},
    {"text behind a quote, and on", "a,b\n\"x\"y,2\n3,4\n", "1[a|b]2!3[3|4]", JALON_OK},
    {"a stray quote in the last line", "a,b\nx\"y,2", "1[a|b]2!", JALON_OK},
    {"stray quotes twice", "a,b\nx\"y,2\n3\"\n5,6\n", "1[a|b]2!3!4[5|6]", JALON_OK},
    {"a stray quote over lines", "a,b\n\"x\ny\"z,2\n5,6\n", "1[a|b]2!4[5|6]", JALON_OK},
    {"a quote never closed", "a,b\n\"x,2\n3,4\n", "1[a|b]2!", JALON_MALFORMED},
    {"a quote never closed in the header", "a,\"b\n1,2\n", "1!", JALON_MALFORMED},
    {"a lone quote", "\"", "1!", JALON_MALFORMED},
    {"Latin-1", "a,b\ncaf\xe9,2\n3,4\n", "1[a|b]2!3[3|4]", JALON_OK},
    {"UTF-16",
     "\xff\xfe"
     "a\0,\0b\0\n\0",
     "1!", JALON_OK},
    {"UTF-8", "a,b\ncaf\xc3\xa9,2\n", "1[a|b]2[caf\xc3\xa9|2]", JALON_OK},
    {"controls are passed on", "a,b\n\x01,\x1b[31m\n", "1[a|b]2[\x01|\x1b[31m]", JALON_OK},
};

static int note_row(void *context, const struct csv_row *row)
{
    struct buffer *rows = context;
    buffer_append_u64(rows, row->line);
    if (row->wrong) {
        buffer_append_byte(rows, '!');
        return JALON_OK;
    }
    buffer_append_byte(rows, '[');
    for (size_t i = 0; i < row->count; i++) {
        buffer_append_string(rows, i ? "|" : "");
        buffer_append(rows, row->cells[i]);
    }
    buffer_append_byte(rows, ']');
    return JALON_OK;
}

/* Feeds pieces of `piece` bytes, each ending at a guard page. */
static int read_pieces(struct buffer *rows, struct slice text, size_t piece)
{
    struct csv_reader *reader;
    assert_int_equal(csv_reader_new(&reader, note_row, rows), JALON_OK);
    struct guard_page guard = guard_page_new(text.size + 1);
    int err = JALON_OK;
    for (size_t at = 0; !err && at < text.size; at += piece)
        err = csv_reader_feed(reader,
                              guard_page_copy(&guard, slice_first(slice_from(text, at), piece)));
    if (!err)
        err = csv_reader_end(reader);
    csv_reader_free(reader);
    guard_page_free(&guard);
    return err;
}

static struct slice text_of(size_t index)
{
    /* The one text with NULs in it has no other end. */
    if (strcmp(cases[index].name, "UTF-16") == 0)
        return slice_of(cases[index].text, 9);
    return slice_of_string(cases[index].text);
}

static void test_cases(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 3, 7, 100000};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < sizeof pieces / sizeof *pieces; j++) {
            struct buffer rows;
            buffer_init(&rows, 4096);
            int err = read_pieces(&rows, text_of(i), pieces[j]);
            const char *found = buffer_string(&rows);
            if (err != cases[i].error || strcmp(found, cases[i].rows) != 0)
                fail_msg("%s, by %zu bytes: %s and %s, expected %s and %s", cases[i].name,
                         pieces[j], jalon_error_name(err), found, jalon_error_name(cases[i].error),
                         cases[i].rows);
            buffer_done(&rows);
        }
}

static void test_a_long_cell(void **state)
{
    (void)state;
    struct buffer text, rows;
    buffer_init(&text, 3000000);
    buffer_init(&rows, 3000000);
    buffer_append_string(&text, "a,b\n");
    for (int i = 0; i < 1000000; i++)
        buffer_append_byte(&text, 'x');
    buffer_append_string(&text, ",2\n3,4\n");
    assert_int_equal(read_pieces(&rows, buffer_slice(&text), 65536), JALON_OK);
    assert_int_equal(rows.size, strlen("1[a|b]2[|2]3[3|4]") + 1000000);
    buffer_done(&rows);
    buffer_done(&text);
}

static void test_a_row_over_the_bound(void **state)
{
    (void)state;
    struct buffer text, rows;
    buffer_init(&text, CSV_ROW_MAX + 100);
    buffer_init(&rows, 4096);
    buffer_append_string(&text, "a,b\n1,2\n\"");
    while (text.size < CSV_ROW_MAX + 50)
        buffer_append_string(&text, "xxxxxxxxx\n");
    assert_int_equal(read_pieces(&rows, buffer_slice(&text), 65536), JALON_TOO_LONG);
    assert_string_equal(buffer_string(&rows), "1[a|b]2[1|2]3!");
    buffer_done(&rows);
    buffer_done(&text);
}

static void test_too_many_cells(void **state)
{
    (void)state;
    struct buffer text, rows;
    buffer_init(&text, 4096);
    buffer_init(&rows, 4096);
    buffer_append_string(&text, "a,b\n");
    for (int i = 0; i < CSV_CELLS_MAX; i++)
        buffer_append_byte(&text, ',');
    buffer_append_string(&text, "\n3,4\n");
    assert_int_equal(read_pieces(&rows, buffer_slice(&text), 5), JALON_OK);
    assert_string_equal(buffer_string(&rows), "1[a|b]2!3[3|4]");
    buffer_done(&rows);
    buffer_done(&text);
}

static int refuse_second(void *context, const struct csv_row *row)
{
    int *count = context;
    (void)row;
    return ++*count == 2 ? JALON_CONFLICT : JALON_OK;
}

static void test_a_visitor_ends_it(void **state)
{
    (void)state;
    int count = 0;
    struct csv_reader *reader;
    assert_int_equal(csv_reader_new(&reader, refuse_second, &count), JALON_OK);
    assert_int_equal(csv_reader_feed(reader, SLICE("a\n1\n2\n3\n")), JALON_CONFLICT);
    assert_int_equal(count, 2);
    assert_null(csv_reader_free(reader));
    assert_null(csv_reader_free(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_a_long_cell),
        cmocka_unit_test(test_too_many_cells),
        cmocka_unit_test(test_a_row_over_the_bound),
        cmocka_unit_test(test_a_visitor_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
