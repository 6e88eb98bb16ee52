#include "admin/csv_out.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

/* RFC 4180 section 2, and OWASP's "CSV Injection" for what a spreadsheet runs. */
static const struct {
    const char *text, *cell;
} cases[] = {
    {"", ""},
    {"marie", "marie"},
    {"café", "café"},
    {"a,b", "\"a,b\""},
    {"a;b", "\"a;b\""},
    {"say \"hi\"", "\"say \"\"hi\"\"\""},
    {"two\nlines", "\"two\nlines\""},
    {" padded ", "\" padded \""},
    {"12.50", "12.50"},
    {"-12.50", "-12.50"},
    {"-5", "-5"},
    {"0.000001", "0.000001"},
    {"2026-11-29", "2026-11-29"},
    /* formulas */
    {"=1+1", "'=1+1"},
    {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
    {"+33 6 12", "'+33 6 12"},
    {"+1", "'+1"},
    {"-2+3", "'-2+3"},
    {"-", "'-"},
    {"-.", "'-."},
    {"-1.", "'-1."},
    {"-1.5.2", "'-1.5.2"},
    {"--1", "'--1"},
    {"-1e5", "'-1e5"},
    {"@SUM(A1)", "'@SUM(A1)"},
    {"\t=1", "\"'\t=1\""},
    {"\r=1", "\"'\r=1\""},
    /* no formula: it begins otherwise */
    {"a=1", "a=1"},
    {"1+1", "1+1"},
};

static void test_cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out;
        buffer_init(&out, 1024);
        struct csv_out csv;
        csv_out_start(&csv, &out);
        csv_out_cell(&csv, slice_of_string(cases[i].text));
        assert_string_equal(buffer_string(&out), cases[i].cell);
        buffer_done(&out);
    }
}

static void test_rows(void **state)
{
    (void)state;
    struct buffer out;
    buffer_init(&out, 1024);
    struct csv_out csv;
    csv_out_start(&csv, &out);
    csv_out_cell(&csv, SLICE("a"));
    csv_out_cell(&csv, SLICE_NONE);
    csv_out_cell(&csv, SLICE("c"));
    csv_out_end_row(&csv);
    csv_out_cell(&csv, SLICE_NONE);
    csv_out_cell(&csv, SLICE_NONE);
    csv_out_cell(&csv, SLICE("3"));
    csv_out_end_row(&csv);
    assert_string_equal(buffer_string(&out), "a,,c\r\n,,3\r\n");
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cells), cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
