/* A campaign's record: its fields as the table in noun.c has them, in the spelling they were given, each left
 * out where it is not set; and
 *   {"v":1,…,"created_ms":N,"start_ms":N?,"end_ms":N?,
 *    "earlier_rules":[{"attribution":NAME,"window":TEXT,"until_ms":N}…]?}   those replaced since, the oldest first
 * start_ms and end_ms are those of the days `start` and `end` in the campaign's zone, so that a reader needs
 * no time zone. */
#include "core/registry/campaign_view.h"

#include "core/base/encoding.h"
#include "core/ledger/money.h"
#include "core/registry/field.h"
#include "core/registry/view_reader.h"

static int64_t read_duration(struct view_reader *reader, const struct record_value *from,
                             const char *name)
{
    int64_t ms = 0;
    if (duration_parse(&ms, view_text(reader, from, name)))
        view_damaged(reader);
    return ms;
}

static struct campaign_rule read_rule(struct view_reader *reader, const struct record_value *from)
{
    struct campaign_rule rule = {
        .window_ms = read_duration(reader, from, "window"),
        .until_ms = view_number(reader, from, "until_ms", INT64_MAX),
    };
    if (attribution_rule_of(&rule.attribution, view_text(reader, from, "attribution")))
        view_damaged(reader);
    return rule;
}

static void read_earlier_rules(struct view_reader *reader, struct campaign_view *view)
{
    const struct record_value *rules =
        view_list(reader, reader->root, "earlier_rules", CAMPAIGN_RULES_MAX);
    const struct record_value *rule = record_first(rules);
    for (size_t i = 0; i < view_count(rules); i++, rule = record_next(rule))
        view->earlier_rules[view->earlier_rule_count++] = read_rule(reader, rule);
}

static void read_utm(struct view_reader *reader, struct campaign_view *view)
{
    static const char *const names[UTM_MAX] = {"utm_source", "utm_medium", "utm_campaign"};
    for (size_t i = 0; i < UTM_MAX; i++) {
        struct slice plain = view_text(reader, reader->root, names[i]);
        if (!plain.size)
            continue;
        size_t at = reader->text->size;
        percent_encode(reader->text, plain);
        view->utm[view->utm_count++] = (struct query_pair){
            .name = slice_of_string(names[i]),
            .value = slice_of(reader->text->data + at, reader->text->size - at),
        };
    }
}

static void read_hosts(struct view_reader *reader, struct campaign_view *view)
{
    struct url url;
    if (url_parse(&url, view->target, NULL)) {
        view_damaged(reader);
        return;
    }
    view->allowed_hosts[view->allowed_host_count++] = url.host;
    const struct record_value *hosts =
        view_list(reader, reader->root, "allow_host", CAMPAIGN_HOSTS_MAX - 1);
    const struct record_value *host = record_first(hosts);
    for (size_t i = 0; i < view_count(hosts); i++, host = record_next(host))
        view->allowed_hosts[view->allowed_host_count++] = view_keep(reader, host);
}

static void read_rules(struct view_reader *reader, struct campaign_view *view)
{
    struct campaign_rule rule = read_rule(reader, reader->root);
    view->attribution = rule.attribution;
    view->window_ms = rule.window_ms;
    read_earlier_rules(reader, view);
    if (currency_exponent(&view->exponent, view->currency))
        view_damaged(reader);
    view->duplicate_window_ms = read_duration(reader, reader->root, "duplicate_window");
    view->created_ms = view_number(reader, reader->root, "created_ms", 0);
    view->start_ms = view_number(reader, reader->root, "start_ms", 0);
    view->end_ms = view_number(reader, reader->root, "end_ms", 0);
}

int campaign_view_read(struct campaign_view *ret_view, struct slice json)
{
    struct campaign_view view = {0};
    struct view_reader reader;
    int err = view_reader_start(&reader, &view.text, json, 4);
    if (err)
        return err;
    const struct record_value *root = reader.root;
    view.slug = view_text_needed(&reader, root, "campaign");
    view.brand = view_text_needed(&reader, root, "brand");
    view.target = view_text_needed(&reader, root, "target");
    view.fallback = view_text(&reader, root, "fallback");
    view.kind = view_text_needed(&reader, root, "kind");
    view.timezone = view_text_needed(&reader, root, "timezone");
    view.currency = view_text_needed(&reader, root, "currency");
    view.goal = view_text_needed(&reader, root, "goal");
    view.disclosure = view_text(&reader, root, "disclosure");
    view.click_param = view_text_needed(&reader, root, "click_param");
    read_rules(&reader, &view);
    read_utm(&reader, &view);
    read_hosts(&reader, &view);
    err = view_reader_end(&reader);
    if (err)
        return err;
    *ret_view = view;
    return JALON_OK;
}

void campaign_view_done(struct campaign_view *view)
{
    buffer_done(&view->text);
}

struct campaign_rule campaign_view_rule(const struct campaign_view *view, int64_t before_ms)
{
    for (size_t i = 0; i < view->earlier_rule_count; i++)
        if (view->earlier_rules[i].until_ms >= before_ms)
            return view->earlier_rules[i];
    return (struct campaign_rule){view->attribution, view->window_ms, INT64_MAX};
}

bool campaign_view_allows_host(const struct campaign_view *view, struct slice host)
{
    for (size_t i = 0; i < view->allowed_host_count; i++)
        if (url_host_matches(host, view->allowed_hosts[i]))
            return true;
    return false;
}
