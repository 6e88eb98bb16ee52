#include "core/registry/campaign_rules.h"

#include "core/base/problem.h"
#include "core/registry/campaign_view.h"
#include "core/registry/field.h"

/* "24h" and "1d" are one window. */
static bool is_same_window(struct slice a, struct slice b)
{
    int64_t a_ms, b_ms;
    return duration_parse(&a_ms, a) == JALON_OK && duration_parse(&b_ms, b) == JALON_OK &&
           a_ms == b_ms;
}

static bool is_replaced(const json_t *record, const json_t *changes)
{
    struct slice rule = thing_text(changes, "attribution"), window = thing_text(changes, "window");
    if (rule.size && !slice_equal(rule, thing_text(record, "attribution")))
        return true;
    return window.size && !is_same_window(window, thing_text(record, "window"));
}

/* A clock that was set back does not put the rules out of their order. */
static int64_t end_of(const json_t *rules, int64_t now_ms)
{
    size_t count = json_array_size(rules);
    int64_t before_ms =
        count ? thing_number(json_array_get(rules, count - 1), "until_ms", now_ms) : now_ms;
    return before_ms > now_ms ? before_ms : now_ms;
}

int campaign_rules_keep(json_t *record, const json_t *changes, int64_t now_ms,
                        struct problem *problem)
{
    json_t *rules = json_object_get(record, "earlier_rules");
    if (!is_replaced(record, changes))
        return JALON_OK;
    if (json_array_size(rules) >= CAMPAIGN_RULES_MAX)
        return problem_field(problem,
                             json_object_get(changes, "attribution") ? "attribution" : "window",
                             "rule and window were changed %d times already, and reports need each "
                             "of them: set up another campaign",
                             CAMPAIGN_RULES_MAX);
    if (!rules && json_object_set_new(record, "earlier_rules", json_array()))
        return JALON_NO_MEMORY;
    rules = json_object_get(record, "earlier_rules");
    struct thing rule;
    thing_start(&rule);
    thing_put_same(&rule, "attribution", record);
    thing_put_same(&rule, "window", record);
    thing_put_number(&rule, "until_ms", end_of(rules, now_ms));
    return json_array_append_new(rules, rule.json) ? JALON_NO_MEMORY : JALON_OK;
}

void campaign_rules_put(struct thing *thing, const json_t *record)
{
    json_t *list = json_array(), *rule;
    size_t i;
    json_array_foreach(json_object_get(record, "earlier_rules"), i, rule)
    {
        struct thing shown;
        thing_start(&shown);
        thing_put_same(&shown, "attribution", rule);
        thing_put_same(&shown, "window", rule);
        thing_put_moment_or_null(&shown, "until", thing_number(rule, "until_ms", 0));
        if (json_array_append_new(list, shown.json)) {
            json_decref(list);
            list = NULL;
            break;
        }
    }
    thing_put(thing, "earlier_rules", list);
}
