/* campaign.c - a campaign is changed only after its owner heard what another rule moves. */
#include "admin/handlers.h"
#include "admin/noun_input.h"
#include "admin/output.h"
#include "admin/report_csv.h"
#include "admin/report_table.h"
#include "admin/terminal.h"
#include "core/registry/noun.h"
#include "core/registry/thing.h"
#include "core/report/json_sink.h"
#include "core/report/rule_change.h"

#define OUTPUT_MAX ((size_t)1 << 30)

/* Without a row the sentences say it all. */
static int print_table(const struct report_page *page)
{
    if (page->row_count)
        return report_table_print(page, stdout);
    return report_table_print_notes(page, stdout);
}

static int preview_json(struct session *session, const struct rule_change *change,
                        size_t *ret_moved)
{
    struct buffer text;
    buffer_init(&text, OUTPUT_MAX);
    struct json_sink sink;
    json_sink_init(&sink, &text, output_write);
    int err = rule_change_preview(session->store, change, &sink.sink, ret_moved, &session->problem);
    if (!err)
        err = output_write(&text);
    buffer_done(&text);
    return err;
}

static int preview_page(struct session *session, const struct rule_change *change,
                        size_t *ret_moved)
{
    struct report_page page;
    report_page_init(&page, session->format == FORMAT_CSV ? report_csv_print : print_table);
    int err = rule_change_preview(session->store, change, &page.sink, ret_moved, &session->problem);
    report_page_done(&page);
    return err;
}

/* Says what the changes move, and asks where somebody can answer: a script has decided already. */
static int preview(struct session *session, const json_t *changes)
{
    const struct rule_change change = {
        .campaign = session_argument(session, 0),
        .attribution = thing_text(changes, "attribution"),
        .window = thing_text(changes, "window"),
        .now_ms = session->now_ms,
    };
    size_t moved = 0;
    if (!change.attribution.size && !change.window.size)
        return JALON_OK;
    int err = session->format == FORMAT_JSON ? preview_json(session, &change, &moved)
                                             : preview_page(session, &change, &moved);
    if (err || moved == 0 || options_has(session->options, "dry-run") || !terminal_is(stdin))
        return err;
    /* What is asked about stands above the question; whether it was written is looked at in the end. */
    (void)fflush(stdout);
    return session_confirm(session, "Reports of the past change too.");
}

static int set(struct session *session, const json_t *changes)
{
    json_t *result;
    int err = campaign_set(&session->registry, session_argument(session, 0), changes, &result,
                           &session->problem);
    if (!err)
        json_decref(result);
    return err;
}

int campaign_set_run(struct session *session)
{
    bool is_dry = options_has(session->options, "dry-run");
    json_t *input, *clean;
    if (is_dry && !options_has(session->options, "attribution") &&
        !options_has(session->options, "window"))
        return session_usage(session, "--dry-run: only another rule moves figures: add "
                                      "--attribution RULE or --window DURATION");
    int err = noun_input(session, &input);
    if (err)
        return err;
    err = noun_check_changes(noun_find(SLICE("campaign")), input, &clean, &session->problem);
    if (!err) {
        err = preview(session, clean);
        json_decref(clean);
    }
    if (!err && !is_dry)
        err = set(session, input);
    json_decref(input);
    return err;
}
