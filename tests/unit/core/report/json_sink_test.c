#include "core/report/json_sink.h"
#include "core/report/cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#include <math.h>

static void check_cell(struct cell cell, const char *expected)
{
    struct buffer out;
    buffer_init(&out, 4096);
    json_append_cell(&out, &cell);
    if (!slice_is(buffer_slice(&out), expected))
        fail_msg("%s, not %s", buffer_string(&out), expected);
    buffer_done(&out);
}

static struct cell ratio(double value)
{
    return cell_ratio((struct ratio){true, value});
}

static void cells_are_written_as_the_contract_says(void **state)
{
    (void)state;
    static const struct named_count counts[] = {{SLICE_INIT("sale"), 3000000},
                                                {SLICE_INIT("sign \"up\""), 333334}};
    char memory[CELL_DECIMAL_MAX];
    check_cell(cell_null(), "null");
    check_cell(cell_text(SLICE("")), "null");
    check_cell(cell_text(SLICE("Marie")), "\"Marie\"");
    check_cell(cell_count(0), "0");
    check_cell(cell_count(-7), "-7");
    check_cell(cell_count(INT64_MIN), "-9223372036854775808");
    check_cell(cell_known(false, 7), "null");
    check_cell(cell_share(1000000), "1");
    check_cell(cell_share(333334), "0.333334");
    check_cell(cell_share(2500000), "2.5");
    check_cell(ratio(0.03), "0.03");
    check_cell(ratio(1.0 / 3), "0.333333");
    check_cell(ratio(2.0 / 3), "0.666667");
    check_cell(ratio(0), "0");
    check_cell(ratio(1e-7), "0");
    check_cell(ratio(12345678.5), "12345678.5");
    check_cell(ratio(-0.25), "-0.25");
    check_cell(ratio(1e15), "1000000000000000");
    check_cell(ratio(NAN), "null");
    check_cell(ratio(INFINITY), "null");
    check_cell(cell_ratio((struct ratio){0}), "null");
    check_cell(cell_money(1990, 2), "\"19.90\"");
    check_cell(cell_money(-5, 2), "\"-0.05\"");
    check_cell(cell_money(500, 0), "\"500\"");
    check_cell(cell_per(memory, 1000, 2, 3000000), "\"3.3333\"");
    check_cell(cell_per(memory, 1000, 2, 0), "null");
    check_cell(cell_counts(counts, 2), "{\"sale\":3,\"sign \\\"up\\\"\":0.333334}");
    check_cell(cell_counts(counts, 0), "{}");
}

static const struct column columns[] = {
    {"creator", "Creator", CELL_TEXT, false, false},
    {"clicks", "Clicks", CELL_COUNT, false, true},
};
static const struct slice spring[] = {SLICE_INIT("spring"), SLICE_INIT("autumn")};

static void send(struct buffer *out, size_t row_count, bool is_several,
                 int (*write)(struct buffer *out))
{
    struct json_sink sink;
    const struct report_heading heading = {
        .report = "creators",
        .campaigns = spring,
        .campaign_count = is_several ? 2 : 1,
        .to = SLICE("2026-11-29"),
        .currency = is_several ? SLICE_NONE : SLICE("EUR"),
        .columns = columns,
        .column_count = 2,
    };
    const struct cell cells[] = {cell_text(SLICE("marie")), cell_count(3)};
    const struct cell totals[] = {cell_null(), cell_count(6)};
    const struct currency_totals by_currency[] = {{SLICE("EUR"), totals, cell_money(5, 2)},
                                                  {SLICE("JPY"), totals, cell_money(5, 0)}};
    const struct named_count lost[] = {{SLICE("sale"), 1000000}};
    const struct note_value values[] = {{.kind = PIECE_TEXT, .text = SLICE("\"thin\"")},
                                        {.kind = PIECE_NUMBER, .text = SLICE("12000")}};
    const struct note notes[] = {{"% by %", values, 2}};
    const struct report_ending ending = {
        .totals = totals,
        .unattributed = lost,
        .unattributed_count = 1,
        .unattributed_revenue = is_several ? cell_null() : cell_money(777, 2),
        .has_unattributed = row_count > 0,
        .by_currency = by_currency,
        .currency_count = is_several ? 2 : 0,
        .notes = notes,
        .note_count = is_several ? 1 : 0,
    };
    json_sink_init(&sink, out, write);
    assert_int_equal(sink.sink.begin(&sink.sink, &heading), JALON_OK);
    for (size_t i = 0; i < row_count; i++)
        assert_int_equal(sink.sink.row(&sink.sink, cells), JALON_OK);
    assert_int_equal(sink.sink.end(&sink.sink, &ending), JALON_OK);
}

static void a_report_is_one_object(void **state)
{
    (void)state;
    static const struct {
        size_t row_count;
        bool is_several;
        const char *json;
    } rows[] = {
        {0, false,
         "{\"report\":\"creators\",\"campaign\":\"spring\",\"from\":null,\"to\":\"2026-11-29\","
         "\"timezone\":null,\"currency\":\"EUR\",\"rows\":[],\"totals\":{\"clicks\":6},"
         "\"unattributed\":null,\"notes\":[]}\n"},
        {2, false,
         "{\"report\":\"creators\",\"campaign\":\"spring\",\"from\":null,\"to\":\"2026-11-29\","
         "\"timezone\":null,\"currency\":\"EUR\",\"rows\":[{\"creator\":\"marie\",\"clicks\":3},"
         "{\"creator\":\"marie\",\"clicks\":3}],\"totals\":{\"clicks\":6},\"unattributed\":"
         "{\"conversions\":{\"sale\":1},\"revenue\":\"7.77\"},\"notes\":[]}\n"},
        {1, true,
         "{\"report\":\"creators\",\"campaign\":[\"spring\",\"autumn\"],\"from\":null,"
         "\"to\":\"2026-11-29\",\"timezone\":null,\"currency\":null,\"rows\":[{\"creator\":"
         "\"marie\","
         "\"clicks\":3}],\"totals\":{\"clicks\":6},\"totals_by_currency\":{\"EUR\":{\"clicks\":6},"
         "\"JPY\":{\"clicks\":6}},\"unattributed\":{\"conversions\":{\"sale\":1},\"revenue\":null,"
         "\"revenue_by_currency\":{\"EUR\":\"0.05\",\"JPY\":\"5\"}},\"notes\":[\"\\\"thin\\\" by "
         "12000\"]}\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer out;
        buffer_init(&out, 4096);
        send(&out, rows[i].row_count, rows[i].is_several, NULL);
        if (!slice_is(buffer_slice(&out), rows[i].json))
            fail_msg("%s", buffer_string(&out));
        buffer_done(&out);
    }
}

static void cells_are_compared_for_sorting(void **state)
{
    (void)state;
    static const struct named_count few[] = {{SLICE_INIT("a"), 2000000}};
    static const struct named_count many[] = {{SLICE_INIT("a"), 1000000},
                                              {SLICE_INIT("b"), 3000000}};
    const struct cell ascending[][2] = {
        /* the first of each pair comes first */
        {cell_count(5), cell_count(3)},
        {cell_count(0), cell_null()},
        {cell_text(SLICE("a")), cell_text(SLICE("b"))},
        {cell_text(SLICE("a")), cell_text(SLICE("ab"))},
        {cell_text(SLICE("z")), cell_null()},
        {ratio(0.5), ratio(0.25)},
        {cell_money(100, 2), cell_money(-100, 2)},
        {cell_counts(many, 2), cell_counts(few, 1)},
    };
    for (size_t i = 0; i < sizeof ascending / sizeof *ascending; i++) {
        assert_true(cell_compare(&ascending[i][0], &ascending[i][1]) < 0);
        assert_true(cell_compare(&ascending[i][1], &ascending[i][0]) > 0);
        assert_int_equal(cell_compare(&ascending[i][0], &ascending[i][0]), 0);
    }
}

static struct buffer written;
static size_t pieces;

static int keep(struct buffer *out)
{
    pieces++;
    assert_in_range(out->size, 64 << 10, (64 << 10) + 100);
    buffer_append(&written, buffer_slice(out));
    buffer_clear(out);
    return JALON_OK;
}

static int refuse(struct buffer *out)
{
    (void)out;
    return JALON_IO;
}

static void a_long_report_is_written_on_its_way(void **state)
{
    (void)state;
    enum { ROWS = 10000 };
    struct buffer whole, out;
    buffer_init(&whole, 1 << 20);
    buffer_init(&out, (64 << 10) + 200); /* it stays as small */
    buffer_init(&written, 1 << 20);
    send(&whole, ROWS, true, NULL);
    send(&out, ROWS, true, keep);
    assert_int_equal(pieces, whole.size / (64 << 10));
    buffer_append(&written, buffer_slice(&out));
    assert_true(slice_equal(buffer_slice(&written), buffer_slice(&whole)));
    buffer_done(&written);
    buffer_done(&out);
    buffer_done(&whole);
}

static void what_cant_be_written_ends_the_report(void **state)
{
    (void)state;
    struct buffer out;
    struct json_sink sink;
    const struct report_heading heading = {
        .report = "creators", .campaigns = &(struct slice){0}, .campaign_count = 1};
    int err = JALON_OK;
    buffer_init(&out, 1 << 20);
    json_sink_init(&sink, &out, refuse);
    assert_int_equal(sink.sink.begin(&sink.sink, &heading), JALON_OK);
    for (size_t i = 0; i < 65536 && !err; i++)
        err = sink.sink.row(&sink.sink, NULL);
    assert_int_equal(err, JALON_IO);
    buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_written_as_the_contract_says),
        cmocka_unit_test(a_report_is_one_object),
        cmocka_unit_test(a_long_report_is_written_on_its_way),
        cmocka_unit_test(what_cant_be_written_ends_the_report),
        cmocka_unit_test(cells_are_compared_for_sorting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
