#include "core/report/report.h"
#include "admin/handlers.h"
#include "admin/heap.h"
#include "admin/output.h"
#include "admin/report_csv.h"
#include "admin/report_html.h"
#include "admin/report_table.h"
#include "admin/session.h"
#include "core/ledger/moment.h"
#include "core/report/json_sink.h"

#define OUTPUT_MAX ((size_t)1 << 30)
#define STORY_ROWS 1000 /* of each table below a page's first */

static int refuse_name(struct session *session, struct slice name)
{
    char memory[256];
    struct buffer names;
    buffer_over(&names, memory, sizeof memory);
    for (size_t i = 0; report_name(i); i++)
        buffer_printf(&names, "%s%s", i ? ", " : "", report_name(i));
    return session_usage(session, "there is no report %.*s: there are %.*s", SLICE_ARG(name),
                         SLICE_ARG(buffer_slice(&names)));
}

/* --sort names a field of the report's rows. */
static bool is_field(size_t report, struct slice name)
{
    size_t count;
    const struct column *columns = report_columns(report, &count);
    for (size_t i = 0; i < count; i++)
        if (slice_is(name, columns[i].field))
            return true;
    return false;
}

static int check_date(struct session *session, const char *name)
{
    struct slice text = options_slice(session->options, name);
    date_day day;
    if (text.size == 0 || date_parse(&day, text) == JALON_OK)
        return JALON_OK;
    return session_usage(session, "--%s: \"%.*s\" is no date: write it as 2026-11-29", name,
                         SLICE_ARG(text));
}

static int check_step(struct session *session, size_t report, struct slice step)
{
    if (step.size && !report_has_steps(report))
        return session_usage(session, "--step: the report %s has no steps of time: leave it out",
                             report_name(report));
    if (!report_is_step(step))
        return session_usage(session, "--step: \"%.*s\" is no step: write hour, day or week",
                             SLICE_ARG(step));
    return JALON_OK;
}

static int check_grouping(struct session *session, size_t report, struct slice by)
{
    if (by.size && !report_has_groups(report))
        return session_usage(session, "--by: the report %s has no groups: leave it out",
                             report_name(report));
    if (!report_is_grouping(by))
        return session_usage(session, "--by: \"%.*s\" makes no groups: write " REPORT_GROUPINGS,
                             SLICE_ARG(by));
    return JALON_OK;
}

static int check_language(struct session *session)
{
    struct slice code = options_slice(session->options, "lang");
    if (language_find(code))
        return JALON_OK;
    return session_usage(session, "--lang: there is no language \"%.*s\": write en or fr",
                         SLICE_ARG(code));
}

static int check_usage(struct session *session, const struct report_query *query)
{
    size_t report = report_find(query->name);
    if (!report_name(report))
        return refuse_name(session, query->name);
    if (query->campaign_count == 0 && !report_takes_all(report))
        return session_usage(session, "--campaign: is missing: add --campaign SLUG");
    if (query->sort.size && !is_field(report, query->sort))
        return session_usage(session,
                             "--sort: there is no field %.*s: see the columns of --format csv",
                             SLICE_ARG(query->sort));
    int err = check_step(session, report, query->step);
    if (!err)
        err = check_grouping(session, report, query->by);
    if (!err)
        err = check_language(session);
    if (!err)
        err = check_date(session, "from");
    return err ? err : check_date(session, "to");
}

static int run_json(struct session *session, const struct report_query *query)
{
    struct buffer text;
    buffer_init(&text, OUTPUT_MAX);
    struct json_sink sink;
    json_sink_init(&sink, &text, output_write);
    int err = report_run(session->store, query, &sink.sink, &session->problem);
    if (!err)
        err = output_write(&text);
    buffer_done(&text);
    return err;
}

static int print_table(const struct report_page *page)
{
    return report_table_print(page, stdout);
}

static int add_section(const struct report_page *page)
{
    report_html_section(page->context, page);
    return JALON_OK;
}

static int run_section(struct session *session, const struct report_query *query,
                       struct report_html *html)
{
    struct report_page page;
    report_page_init(&page, add_section);
    page.language = html->language;
    page.context = html;
    int err = report_run(session->store, query, &page.sink, &session->problem);
    report_page_done(&page);
    return err;
}

static int run_sections(struct session *session, const struct report_query *query,
                        const char *const *names, size_t count, struct report_html *html)
{
    int err = JALON_OK;
    for (size_t i = 0; i < count && !err; i++) {
        struct report_query more = *query;
        more.name = slice_of_string(names[i]);
        more.sort = SLICE_NONE;
        err = run_section(session, &more, html);
    }
    return err;
}

/* What the page of `creators` has below the figures: the story that they sum up. */
static int run_story(struct session *session, const struct report_query *query,
                     struct report_html *html)
{
    static const char *const of_brand[] = {"timeline", "residual", "orders"};
    static const char *const of_creator[] = {"links",    "codes",   "timeline",
                                             "residual", "payouts", "orders"};
    html->row_max = STORY_ROWS;
    if (html->is_about_creator)
        return run_sections(session, query, of_creator, sizeof of_creator / sizeof *of_creator,
                            html);
    return run_sections(session, query, of_brand, sizeof of_brand / sizeof *of_brand, html);
}

static int run_html(struct session *session, const struct report_query *query)
{
    struct buffer text;
    buffer_init(&text, OUTPUT_MAX);
    struct report_html html;
    report_html_init(&html, &text, language_find(options_slice(session->options, "lang")));
    html.is_about_creator = query->is_for_creator;
    int err = run_section(session, query, &html);
    if (err == JALON_OK && slice_is(query->name, "creators"))
        err = run_story(session, query, &html);
    if (err == JALON_OK)
        err = report_html_end(&html);
    if (err == JALON_OK)
        err = output_write(&text);
    report_html_done(&html);
    buffer_done(&text);
    return err;
}

static int run_page(struct session *session, const struct report_query *query)
{
    struct report_page page;
    report_page_init(&page, session->format == FORMAT_CSV ? report_csv_print : print_table);
    page.language = language_find(options_slice(session->options, "lang"));
    int err = report_run(session->store, query, &page.sink, &session->problem);
    report_page_done(&page);
    return err;
}

int report_show(struct session *session)
{
    struct slice campaigns[OPTION_VALUES_MAX];
    const struct options *options = session->options;
    struct report_query query = {
        .name = session_argument(session, 0),
        .campaigns = campaigns,
        .campaign_count = options_list(options, "campaign", campaigns, OPTION_VALUES_MAX),
        .creator = options_slice(options, "creator"),
        .from = options_slice(options, "from"),
        .to = options_slice(options, "to"),
        .sort = options_slice(options, "sort"),
        .step = options_slice(options, "step"),
        .by = options_slice(options, "by"),
        .reference = session->settings.reference_file,
        .now_ms = session->now_ms,
    };
    int err = check_usage(session, &query);
    if (err)
        return err;
    heap_use_huge_pages();
    if (session->format == FORMAT_JSON)
        return run_json(session, &query);
    if (session->format != FORMAT_CSV)
        query.words = language_find(options_slice(options, "lang"))->evidence;
    query.wants_usual = session->format == FORMAT_HTML;
    /* The page of one creator's figures is the one that a brand sends them. */
    query.is_for_creator =
        session->format == FORMAT_HTML && query.creator.size && slice_is(query.name, "creators");
    return session->format == FORMAT_HTML ? run_html(session, &query) : run_page(session, &query);
}
