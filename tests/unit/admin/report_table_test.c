#include "admin/report_table.h"

#include "admin/report_csv.h"
#include "admin/report_words.h"
#include "admin/terminal.h"
#include "core/report/note.h"

#include <locale.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <setjmp.h>
#include <cmocka.h>

static const struct column columns[] = {
    {"creator", "Creator", CELL_TEXT, false, false},
    {"tier", "Tier", CELL_TEXT, true, false},
    {"clicks", "Clicks", CELL_COUNT, false, true},
    {"invalid_clicks", "Invalid", CELL_COUNTS, true, true},
    {"impressions", "Impressions", CELL_COUNT, false, true},
    {"ctr", "CTR", CELL_RATIO, false, true},
    {"ctr_low", "CTR low", CELL_RATIO, false, true},
    {"ctr_high", "CTR high", CELL_RATIO, false, true},
    {"conversions", "Conversions", CELL_COUNTS, false, true},
    {"revenue", "Revenue", CELL_MONEY, false, true},
    {"cost_per_click", "Per click", CELL_DECIMAL, false, true},
    {"roas", "ROAS", CELL_RATIO, false, true},
};
#define COLUMN_COUNT (sizeof columns / sizeof *columns)

static const struct named_count sales[] = {{SLICE_INIT("sale"), 9000000},
                                           {SLICE_INIT("signup"), 333333}};
static const struct named_count bots[] = {{SLICE_INIT("bot"), 40000000},
                                          {SLICE_INIT("preview"), 2000000}};

#define TEXT(words)                                                                                \
    {                                                                                              \
        .kind = CELL_TEXT, .text = SLICE_INIT(words)                                               \
    }
#define COUNT(n)                                                                                   \
    {                                                                                              \
        .kind = CELL_COUNT, .number = (n)                                                          \
    }
#define RATIO(r)                                                                                   \
    {                                                                                              \
        .kind = CELL_RATIO, .ratio = (r)                                                           \
    }
#define MONEY(n)                                                                                   \
    {                                                                                              \
        .kind = CELL_MONEY, .minor = (n), .exponent = 2                                            \
    }
#define DECIMAL(words)                                                                             \
    {                                                                                              \
        .kind = CELL_DECIMAL, .text = SLICE_INIT(words)                                            \
    }
#define COUNTS(list)                                                                               \
    {                                                                                              \
        .kind = CELL_COUNTS, .counts = (list), .count_count = sizeof(list) / sizeof *(list)        \
    }

/* 2.31 % (1.80-2.95) of 3247 is about Wilson's interval of 75 clicks; the table only prints what it is given. */
static const struct cell marie[COLUMN_COUNT] = {
    TEXT("marie"), TEXT("micro"), COUNT(75),     COUNTS(bots), COUNT(3247),       RATIO(0.0231),
    RATIO(0.0180), RATIO(0.0295), COUNTS(sales), MONEY(91250), DECIMAL("3.3333"), RATIO(3.65)};
static const struct cell tom[COLUMN_COUNT] = {
    TEXT("=tom"),          {0},       COUNT(0), {0}, {0}, {0}, {0}, {0},
    {.kind = CELL_COUNTS}, MONEY(-5), {0},      {0}};
static const struct cell totals[COLUMN_COUNT] = {
    {0}, {0}, COUNT(75),     COUNTS(bots), {0}, {0},
    {0}, {0}, COUNTS(sales), MONEY(91245), {0}, RATIO(3.6)};

static struct slice campaign = SLICE_INIT("spring-trail");
static const struct note note = {.sentence = "Too few clicks to rank."};

static const struct report_heading heading = {
    .report = "creators",
    .campaigns = &campaign,
    .campaign_count = 1,
    .to = SLICE_INIT("2026-11-29"),
    .timezone = SLICE_INIT("Europe/Paris"),
    .currency = SLICE_INIT("EUR"),
    .columns = columns,
    .column_count = COLUMN_COUNT,
};
static const struct report_ending ending = {
    .totals = totals,
    .unattributed = sales,
    .unattributed_count = 1,
    .unattributed_revenue = MONEY(5970),
    .has_unattributed = true,
    .notes = &note,
    .note_count = 1,
};

static char *printed;
static size_t printed_size;

static int print_table(const struct report_page *page)
{
    FILE *out = open_memstream(&printed, &printed_size);
    assert_non_null(out);
    int err = report_table_print(page, out);
    (void)fclose(out); /* memory */
    return err;
}

static int print_csv(const struct report_page *page)
{
    struct buffer text;
    buffer_init(&text, 4096);
    assert_int_equal(report_csv_write(&text, page), JALON_OK);
    assert_int_equal(buffer_error(&text), JALON_OK);
    printed = strndup(text.data, text.size);
    buffer_done(&text);
    return JALON_OK;
}

static void run(report_print *print, const struct report_ending *end)
{
    struct report_page page;
    report_page_init(&page, print);
    assert_int_equal(page.sink.begin(&page.sink, &heading), JALON_OK);
    struct cell row[COLUMN_COUNT]; /* lives for the call only */
    memcpy(row, marie, sizeof row);
    assert_int_equal(page.sink.row(&page.sink, row), JALON_OK);
    memcpy(row, tom, sizeof row);
    assert_int_equal(page.sink.row(&page.sink, row), JALON_OK);
    memset(row, 0, sizeof row);
    assert_int_equal(page.sink.end(&page.sink, end), JALON_OK);
    report_page_done(&page);
}

static void assert_says(const char *words)
{
    if (!strstr(printed, words))
        fail_msg("\"%s\" is not in:\n%s", words, printed);
}

static void assert_not_says(const char *words)
{
    if (strstr(printed, words))
        fail_msg("\"%s\" is in:\n%s", words, printed);
}

static void assert_fits(size_t width)
{
    char *copy = strdup(printed), *rest = copy;
    for (char *line; (line = strsep(&rest, "\n"));)
        if (terminal_characters(line) > width)
            fail_msg("wider than %zu:\n%s", width, printed);
    free(copy);
}

static void test_wide(void **state)
{
    (void)state;
    setenv("COLUMNS", "200", 1);
    run(print_table, &ending);
    assert_says("creators · spring-trail · up to 2026-11-29 · Europe/Paris · amounts in EUR\n");
    assert_says("2.31 % (1.80–2.95)");
    assert_says("9 sales, 0.333333 signups");
    assert_says("Tier");
    assert_says("912.50  "); /* two spaces between columns */
    assert_says("-0.05");
    assert_says("Unattributed: 9 sales, 59.70 EUR\n");
    assert_says("Too few clicks to rank.\n");
    assert_not_says("CTR low"); /* it stands in the brackets */
    assert_not_says("\033[");
    free(printed);
}

/* The lines of the table itself, to the character. */
static void test_alignment(void **state)
{
    (void)state;
    setenv("COLUMNS", "200", 1);
    run(print_table, &ending);
    const char *table = strchr(strchr(printed, '\n') + 1, '\n') + 1;
    static const char expected[] = "Creator  Tier   Clicks  Invalid  Impressions                 "
                                   "CTR                Conversions  "
                                   "Revenue  Per click  ROAS\n"
                                   "marie    micro      75       42        3,247  2.31 % "
                                   "(1.80–2.95)  9 sales, 0.333333 signups  "
                                   " 912.50     3.3333  3.65\n"
                                   "=tom     –           0        –            –                   "
                                   "–                          0  "
                                   "  -0.05          –     –\n"
                                   "Total               75       42            –                   "
                                   "–  9 sales, 0.333333 signups  "
                                   " 912.45          –  3.60\n";
    if (strncmp(table, expected, strlen(expected)) != 0)
        fail_msg("found:\n%s\nexpected:\n%s", table, expected);
    free(printed);
}

static void test_narrow(void **state)
{
    (void)state;
    static const char *const widths[] = {"80", "60", "40"};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        setenv("COLUMNS", widths[i], 1);
        run(print_table, &ending);
        uint64_t width = 0;
        assert_int_equal(slice_to_u64(&width, slice_of_string(widths[i]), 1000), JALON_OK);
        const char *table = strchr(printed, '\n') + 1;
        char *whole = printed;
        printed = strdup(table); /* the heading line may be longer: it is no table */
        free(whole);
        assert_not_says("Tier"); /* for wide terminals only */
        assert_says("ROAS");
        assert_says("2.31 % (1.80–2.95)");
        assert_fits((size_t)width);
        free(printed);
    }
    setenv("COLUMNS", "80", 1);
}

/* Of two rows of one creator, each part of the table tells which is which. */
static void test_each_part_repeats_the_key(void **state)
{
    (void)state;
    static const struct column money[] = {
        {"creator", "Creator", CELL_TEXT, false, false},
        {"currency", "Currency", CELL_TEXT, false, false},
        {"clicks", "Clicks", CELL_COUNT, false, true},
        {"revenue", "Revenue of all", CELL_MONEY, false, true},
        {"cost", "Cost of all", CELL_MONEY, false, true},
    };
    const struct cell rows[][5] = {
        {TEXT("marie"), TEXT("EUR"), COUNT(3), MONEY(100), MONEY(1)},
        {TEXT("marie"), TEXT("JPY"), COUNT(3), MONEY(200), MONEY(2)},
    };
    const struct cell none[5] = {{0}};
    struct report_heading two = heading;
    two.columns = money;
    two.column_count = 5;
    const struct report_ending end = {.totals = none};
    struct report_page page;
    setenv("COLUMNS", "34", 1);
    report_page_init(&page, print_table);
    assert_int_equal(page.sink.begin(&page.sink, &two), JALON_OK);
    assert_int_equal(page.sink.row(&page.sink, rows[0]), JALON_OK);
    assert_int_equal(page.sink.row(&page.sink, rows[1]), JALON_OK);
    assert_int_equal(page.sink.end(&page.sink, &end), JALON_OK);
    report_page_done(&page);
    assert_says("Creator  Currency  Clicks\n"
                "marie    EUR            3\n"
                "marie    JPY            3\n");
    assert_says("Creator  Currency  Revenue of all\n"
                "marie    EUR                 1.00\n"
                "marie    JPY                 2.00\n");
    assert_says("Creator  Currency  Cost of all\n"
                "marie    EUR              0.01\n"
                "marie    JPY              0.02\n");
    free(printed);
    setenv("COLUMNS", "80", 1);
}

/* A pipe gets every character of every cell. */
static void test_long_cells_are_whole(void **state)
{
    (void)state;
    static const struct column texts[] = {{"order_id", "Order", CELL_TEXT, false, false},
                                          {"evidence", "Evidence", CELL_TEXT, false, false}};
    static char text[100000];
    memset(text, 'e', sizeof text);
    const struct cell row[] = {TEXT("1042"), {.kind = CELL_TEXT, .text = {text, sizeof text}}};
    const struct cell none[2] = {{0}};
    struct report_heading long_heading = heading;
    long_heading.columns = texts;
    long_heading.column_count = 2;
    const struct report_ending end = {.totals = none};
    struct report_page page;
    report_page_init(&page, print_table);
    assert_int_equal(page.sink.begin(&page.sink, &long_heading), JALON_OK);
    assert_int_equal(page.sink.row(&page.sink, row), JALON_OK);
    assert_int_equal(page.sink.end(&page.sink, &end), JALON_OK);
    report_page_done(&page);
    assert_non_null(memmem(printed, strlen(printed), text, sizeof text));
    free(printed);
}

static void test_nothing_unattributed_of_one_creator(void **state)
{
    (void)state;
    struct report_ending one = ending;
    one.has_unattributed = false;
    one.note_count = 0;
    run(print_table, &one);
    assert_not_says("Unattributed");
    free(printed);
}

static void test_two_currencies(void **state)
{
    (void)state;
    setenv("COLUMNS", "200", 1);
    const struct currency_totals each[] = {
        {SLICE_INIT("EUR"), marie, MONEY(100)},
        {SLICE_INIT("JPY"), tom, {.kind = CELL_MONEY, .minor = 700, .exponent = 0}},
    };
    struct report_ending two = ending;
    two.by_currency = each;
    two.currency_count = 2;
    two.unattributed_revenue = (struct cell){0};
    run(print_table, &two);
    assert_says("Total EUR");
    assert_says("Total JPY");
    assert_says("Unattributed: 9 sales, 1.00 EUR, 700 JPY\n");
    free(printed);
    setenv("COLUMNS", "80", 1);
}

/* A name from outside cannot make the line read as another; in CSV it is as it came. */
static void test_hidden_characters_are_shown(void **state)
{
    (void)state;
    static const struct column named[] = {
        {"creator", "Creator", CELL_TEXT, false, false},
        {"clicks", "Clicks", CELL_COUNT, false, true},
    };
    const struct note_value names[] = {note_name(SLICE("tom\u2066")), note_name(SLICE("lea")),
                                       note_term("rate")};
    const struct note said = {"% and % have the same % so far.", names, 3};
    const struct cell rows[][2] = {{TEXT("tom\u202e"), COUNT(3)}}, none[2] = {{0}};
    struct report_heading two = heading;
    two.columns = named;
    two.column_count = 2;
    const struct report_ending end = {.totals = none, .notes = &said, .note_count = 1};
    report_print *const prints[] = {print_table, print_csv};
    static const char *const wanted[] = {"Creator    Clicks\n"
                                         "tom\\u202E       3\n",
                                         "creator,clicks\r\ntom\u202e,3\r\n"};
    for (size_t i = 0; i < 2; i++) {
        struct report_page page;
        report_page_init(&page, prints[i]);
        assert_int_equal(page.sink.begin(&page.sink, &two), JALON_OK);
        assert_int_equal(page.sink.row(&page.sink, rows[0]), JALON_OK);
        assert_int_equal(page.sink.end(&page.sink, &end), JALON_OK);
        report_page_done(&page);
        assert_says(wanted[i]);
        if (i == 0)
            assert_says("tom\\u2066 and lea");
        free(printed);
    }
}

/* What a cell holds is there to its end, however long. */
static void test_a_long_cell_is_whole(void **state)
{
    (void)state;
    static char words[20000];
    memset(words, 'w', sizeof words - 1);
    const struct cell row[COLUMN_COUNT] = {{.kind = CELL_TEXT, .text = slice_of_string(words)}};
    struct report_page page;
    report_page_init(&page, print_table);
    assert_int_equal(page.sink.begin(&page.sink, &heading), JALON_OK);
    assert_int_equal(page.sink.row(&page.sink, row), JALON_OK);
    assert_int_equal(page.sink.end(&page.sink, &ending), JALON_OK);
    report_page_done(&page);
    assert_says(words);
    free(printed);
}

/* What stands below the table is there to its end, too: an installation may have many types of conversions. */
static void test_what_is_below_is_whole(void **state)
{
    (void)state;
    enum { TYPES = 400 };
    static char names[TYPES][32], words[20000];
    static struct named_count types[TYPES];
    for (size_t i = 0; i < TYPES; i++) {
        (void)snprintf(names[i], sizeof names[i], "a-type-of-conversions-%zu", i);
        types[i] = (struct named_count){slice_of_string(names[i]), 2000000};
    }
    memset(words, 'w', sizeof words - 1);
    const struct note_value value = note_name(slice_of_string(words));
    const struct note said = {"Of %: too few.", &value, 1};
    struct report_ending many = ending;
    many.unattributed = types;
    many.unattributed_count = TYPES;
    many.notes = &said;
    run(print_table, &many);
    for (size_t i = 0; i < TYPES; i++)
        assert_says(names[i]);
    assert_says("59.70 EUR\n");
    assert_says(words);
    assert_says("w:\ntoo few.\n");
    free(printed);
}

/* That a figure is another one may show behind its first kilobytes. */
static void test_a_change_far_behind_is_told(void **state)
{
    (void)state;
    enum { TYPES = 400 };
    static const struct column changing[] = {
        {"creator", "Creator", CELL_TEXT, false, false},
        {"conversions", "Conversions", CELL_COUNTS, false, false},
        {"conversions_first", "First", CELL_COUNTS, false, false},
        {"changed_at", "Changed", CELL_TEXT, false, false},
    };
    static char names[TYPES][32];
    static struct named_count now[TYPES], first[TYPES];
    for (size_t i = 0; i < TYPES; i++) {
        (void)snprintf(names[i], sizeof names[i], "a-type-of-conversions-%03zu", i);
        now[i] = first[i] = (struct named_count){slice_of_string(names[i]), 2000000};
    }
    now[TYPES - 1].micro = 3000000;
    const struct cell row[] = {TEXT("marie"),
                               {.kind = CELL_COUNTS, .counts = now, .count_count = TYPES},
                               {.kind = CELL_COUNTS, .counts = first, .count_count = TYPES},
                               TEXT("2026-06-03")};
    const struct cell none[4] = {{0}};
    struct report_heading of_changes = heading;
    of_changes.columns = changing;
    of_changes.column_count = 4;
    const struct report_ending end = {.totals = none};
    struct report_page page;
    report_page_init(&page, print_table);
    assert_int_equal(page.sink.begin(&page.sink, &of_changes), JALON_OK);
    assert_int_equal(page.sink.row(&page.sink, row), JALON_OK);
    assert_int_equal(page.sink.end(&page.sink, &end), JALON_OK);
    report_page_done(&page);
    assert_says("3 a-type-of-conversions-399†");
    free(printed);
}

static void test_one_day_is_said_once(void **state)
{
    (void)state;
    static const struct {
        const char *from, *english, *french;
    } rows[] = {
        {"2026-11-29", "spring-trail · 2026-11-29 · Europe/Paris",
         "spring-trail · 29/11/2026 · Europe/Paris"},
        {"2026-11-28", "spring-trail · 2026-11-28 to 2026-11-29 · Europe/Paris",
         "spring-trail · 28/11/2026 au 29/11/2026 · Europe/Paris"},
        {"", "spring-trail · up to 2026-11-29 · Europe/Paris",
         "spring-trail · jusqu’au 29/11/2026 · Europe/Paris"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct report_heading day = heading;
        day.from = slice_of_string(rows[i].from);
        struct report_page page = {.heading = &day, .language = &language_english};
        char space[256];
        struct buffer out;
        for (size_t j = 0; j < 2; j++) {
            page.language = j ? &language_french : &language_english;
            buffer_over(&out, space, sizeof space);
            report_words_heading(&out, &page);
            const char *wanted = j ? rows[i].french : rows[i].english;
            assert_non_null(buffer_string(&out));
            if (strncmp(out.data, wanted, strlen(wanted)) != 0)
                fail_msg("found: %s\nexpected: %s", out.data, wanted);
        }
    }
}

static void test_csv(void **state)
{
    (void)state;
    run(print_csv, &ending);
    assert_string_equal(
        printed,
        "creator,tier,clicks,invalid_clicks.bot,invalid_clicks.preview,impressions,ctr,ctr_low,"
        "ctr_high,conversions.sale,conversions.signup,revenue,cost_per_click,roas\r\n"
        "marie,micro,75,40,2,3247,0.0231,0.018,0.0295,9,0.333333,912.50,3.3333,3.65\r\n"
        "'=tom,,0,,,,,,,0,0,-0.05,,\r\n");
    free(printed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wide),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_each_part_repeats_the_key),
        cmocka_unit_test(test_long_cells_are_whole),
        cmocka_unit_test(test_nothing_unattributed_of_one_creator),
        cmocka_unit_test(test_two_currencies),
        cmocka_unit_test(test_hidden_characters_are_shown),
        cmocka_unit_test(test_a_long_cell_is_whole),
        cmocka_unit_test(test_what_is_below_is_whole),
        cmocka_unit_test(test_a_change_far_behind_is_told),
        cmocka_unit_test(test_one_day_is_said_once),
        cmocka_unit_test(test_csv),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    unsetenv("NO_COLOR");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
