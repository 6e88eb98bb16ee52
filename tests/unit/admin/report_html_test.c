#include "admin/report_html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define CELL_SIZE ((size_t)3 << 20)
#define PAGE_MAX ((size_t)16 << 20)

static const struct column columns[] = {
    {"order_id", "Order", CELL_TEXT, false, false},
    {"evidence", "Evidence", CELL_TEXT, false, false},
    {"revenue", "Revenue", CELL_MONEY, false, true},
    {"revenue_first", "First revenue", CELL_MONEY, true, false},
    {"changed_at", "Changed", CELL_TEXT, true, false},
};
#define COLUMN_COUNT (sizeof columns / sizeof *columns)

#define TEXT(words)                                                                                \
    {                                                                                              \
        .kind = CELL_TEXT, .text = SLICE_INIT(words)                                               \
    }
#define MONEY(n)                                                                                   \
    {                                                                                              \
        .kind = CELL_MONEY, .minor = (n), .exponent = 2                                            \
    }

static const struct slice campaigns[] = {SLICE_INIT("spring-trail"), SLICE_INIT("summer-trail"),
                                         SLICE_INIT("autumn-trail"), SLICE_INIT("winter-trail")};
static const struct slice brands[] = {SLICE_INIT("alpina"), SLICE_INIT("alpina"),
                                      SLICE_INIT("birka"), SLICE_INIT("alpina")};
static const struct slice disclosures[4];
static const struct cell totals[COLUMN_COUNT] = {{0}, {0}, MONEY(123450), {0}, {0}};

static struct report_heading heading_of(size_t campaign_count)
{
    return (struct report_heading){
        .report = "orders",
        .campaigns = campaigns,
        .brands = brands,
        .disclosures = disclosures,
        .campaign_count = campaign_count,
        .to = SLICE_INIT("2026-11-29"),
        .currency = SLICE_INIT("EUR"),
        .columns = columns,
        .column_count = COLUMN_COUNT,
    };
}

/* The page of one row, as a string. */
static int make_page(struct buffer *out, const struct report_heading *heading,
                     const struct cell *cells, const struct language *language, size_t cell_max)
{
    struct report_html html;
    struct cell *rows[] = {(struct cell *)(uintptr_t)cells};
    const struct report_ending ending = {.totals = totals};
    const struct report_page page = {
        .language = language, .heading = heading, .rows = rows, .row_count = 1, .ending = &ending};
    report_html_init(&html, out, language);
    if (cell_max)
        html.words.max = cell_max;
    report_html_section(&html, &page);
    int err = report_html_end(&html);
    report_html_done(&html);
    return err;
}

static bool has(const struct buffer *page, struct slice words)
{
    return memmem(page->data, page->size, words.data, words.size) != NULL;
}

static void assert_says(const struct buffer *page, const char *words)
{
    if (!has(page, slice_of_string(words)))
        fail_msg("\"%s\" is not in:\n%.*s", words, SLICE_ARG(buffer_slice(page)));
}

static void a_long_cell_is_whole(void **state)
{
    (void)state;
    struct buffer page;
    char *long_text = malloc(CELL_SIZE);
    assert_non_null(long_text);
    memset(long_text, 'e', CELL_SIZE);
    const struct report_heading heading = heading_of(1);
    const struct cell cells[COLUMN_COUNT] = {
        TEXT("1042"),
        {.kind = CELL_TEXT, .text = slice_of(long_text, CELL_SIZE)},
        MONEY(1000),
        {0},
        {0}};
    buffer_init(&page, PAGE_MAX);
    assert_int_equal(make_page(&page, &heading, cells, &language_english, 0), JALON_OK);
    assert_true(has(&page, slice_of(long_text, CELL_SIZE)));
    /* One that is too long to be written makes no page: none is cut. */
    buffer_clear(&page);
    assert_int_equal(make_page(&page, &heading, cells, &language_english, 1 << 20), JALON_FULL);
    buffer_done(&page);
    buffer_init(&page, CELL_SIZE);
    assert_int_equal(make_page(&page, &heading, cells, &language_english, 0), JALON_FULL);
    buffer_done(&page);
    free(long_text);
}

static void the_heading_names_campaigns_and_brands(void **state)
{
    (void)state;
    static const struct cell cells[COLUMN_COUNT] = {TEXT("1042"), {0}, MONEY(1000), {0}, {0}};
    static const struct {
        size_t campaigns;
        const char *title, *subject;
    } rows[] = {
        {1, "<h1>spring-trail · alpina</h1>", "orders · up to 2026-11-29 · amounts in EUR</p>"},
        {3, "<h1>spring-trail, summer-trail, autumn-trail · alpina, birka</h1>", "orders · up to"},
        {4, "<h1>4 campaigns · alpina, birka</h1>",
         "spring-trail, summer-trail, autumn-trail, winter-trail</p>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buffer page;
        const struct report_heading heading = heading_of(rows[i].campaigns);
        buffer_init(&page, PAGE_MAX);
        assert_int_equal(make_page(&page, &heading, cells, &language_english, 0), JALON_OK);
        assert_says(&page, rows[i].title);
        assert_says(&page, rows[i].subject);
        assert_says(&page, "1,234.50 EUR</dd>");
        buffer_done(&page);
    }
}

static void figures_that_changed_are_listed(void **state)
{
    (void)state;
    static const struct cell cells[COLUMN_COUNT] = {
        TEXT("1042"), {0}, MONEY(123450), MONEY(223450), TEXT("2026-06-03")};
    struct buffer page;
    const struct report_heading heading = heading_of(1);
    buffer_init(&page, PAGE_MAX);
    assert_int_equal(make_page(&page, &heading, cells, &language_french, 0), JALON_OK);
    assert_says(&page, "1\u202f234,50†</td>");
    assert_says(&page, "Chiffres modifiés</h3>");
    assert_says(&page, "<tr><th scope=\"row\">1042</th><td class=\"t\">Revenu</td>"
                       "<td class=\"n\">2\u202f234,50</td><td class=\"n\">1\u202f234,50</td>"
                       "<td class=\"t\">03/06/2026</td></tr>");
    buffer_done(&page);
}

/* Creators are shown by the names that tables have; one without a name by the slug. */
static void a_legend_names_creators(void **state)
{
    (void)state;
    static const struct column of_curves[] = {
        {"creator", "Creator", CELL_TEXT, false, false},
        {"name", "Name", CELL_TEXT, true, false},
        {"share_by_1d", "By 1 d", CELL_RATIO, true, false},
    };
    static const struct cell cells[][3] = {
        {TEXT("marie"), TEXT("Marie & co"), {.kind = CELL_RATIO, .ratio = 0.5}},
        {TEXT("tom"), {0}, {.kind = CELL_RATIO, .ratio = 0.5}}};
    static const char *const wanted[] = {"</svg>Marie &amp; co <small>marie</small></li>",
                                         "</svg>tom</li>"};
    struct report_heading heading = heading_of(1);
    heading.report = "residual";
    heading.columns = of_curves;
    heading.column_count = 3;
    for (size_t i = 0; i < 2; i++) {
        struct buffer page;
        buffer_init(&page, PAGE_MAX);
        assert_int_equal(make_page(&page, &heading, cells[i], &language_english, 0), JALON_OK);
        assert_says(&page, wanted[i]);
        buffer_done(&page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_long_cell_is_whole),
        cmocka_unit_test(the_heading_names_campaigns_and_brands),
        cmocka_unit_test(figures_that_changed_are_listed),
        cmocka_unit_test(a_legend_names_creators),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
