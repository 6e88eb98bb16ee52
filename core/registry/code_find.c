#include "core/registry/code_find.h"

#include "core/registry/campaign_names.h"
#include "core/registry/code_form.h"
#include "core/registry/lookup.h"

#define NAMED_MAX 8 /* campaigns named when it is ambiguous */

struct group { /* the matches of one kind: those valid now, or all */
    size_t campaign_count;
    char campaigns[NAMED_MAX][65];
    int64_t created_ms;
    struct code_match newest;
};

struct search {
    struct registry *registry;
    struct slice text, folded, campaign;
    /* By how well they fit: spelled as asked for and valid now, spelled so, valid now, and all that fold so. */
    struct group spelled_current, spelled, current, all;
};

static bool is_named(const struct group *group, struct slice campaign)
{
    for (size_t i = 0; i < group->campaign_count && i < NAMED_MAX; i++)
        if (slice_is(campaign, group->campaigns[i]))
            return true;
    return false;
}

static void join_group(struct group *group, const struct code_match *match,
                       const struct code_view *code)
{
    if (!is_named(group, code->campaign)) {
        size_t at = group->campaign_count++;
        if (at < NAMED_MAX &&
            slice_to_string(group->campaigns[at], sizeof group->campaigns[at], code->campaign))
            group->campaigns[at][0] = '\0'; /* a damaged slug: counted, not named */
    }
    if (group->newest.brand[0] && code->created_ms < group->created_ms)
        return;
    group->created_ms = code->created_ms;
    group->newest = *match;
}

static int search_record(struct search *search, const char *brand, struct slice json)
{
    struct code_record record;
    int err = code_record_read(&record, json);
    if (err)
        return err;
    struct code_match match = {.index = 0};
    memcpy(match.brand, brand, sizeof match.brand);
    err = slice_to_string(match.folded, sizeof match.folded, search->folded);
    for (size_t i = 0; i < record.count && !err; i++) {
        const struct code_view *code = &record.codes[i];
        bool is_meant = !search->campaign.size || slice_equal(search->campaign, code->campaign);
        if (!is_meant ||
            !lookup_is_within(search->registry, slice_of_string(brand), code->campaign))
            continue;
        match.index = i;
        bool is_spelled = slice_equal_nocase(code->code, search->text);
        bool is_current = code_view_covers(code, search->registry->now_ms);
        join_group(&search->all, &match, code);
        if (is_current)
            join_group(&search->current, &match, code);
        if (is_spelled)
            join_group(&search->spelled, &match, code);
        if (is_spelled && is_current)
            join_group(&search->spelled_current, &match, code);
    }
    code_record_done(&record);
    return err;
}

static int search_brands(struct search *search, struct draft *draft,
                         const struct campaign_names *names)
{
    int err = JALON_OK;
    for (size_t i = 0; i < names->count && !err; i++) {
        const char *brand = names->items[i].brand;
        if (i && strcmp(names->items[i - 1].brand, brand) == 0)
            continue;
        struct key key = key_codes(slice_of_string(brand));
        struct slice json;
        err = draft_get(draft, &key, search->folded, &json);
        if (!err && json.size)
            err = search_record(search, brand, json);
    }
    return err;
}

static int ambiguous(const struct group *group, struct problem *problem)
{
    char space[256];
    struct buffer names;
    buffer_over(&names, space, sizeof space);
    for (size_t i = 0; i < group->campaign_count && i < NAMED_MAX; i++)
        buffer_printf(&names, "%s%s", i ? ", " : "", group->campaigns[i]);
    return problem_set(problem, PROBLEM_CONFLICT,
                       "the code is one of several campaigns: ask with ?campaign= and one of %.*s",
                       SLICE_ARG(buffer_slice(&names)));
}

static const struct group *best_group(const struct search *search)
{
    const struct group *const groups[] = {&search->spelled_current, &search->spelled,
                                          &search->current};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (groups[i]->campaign_count)
            return groups[i];
    return &search->all;
}

static int choose(const struct search *search, struct draft *draft, const struct code_text *code,
                  struct code_match *ret_match, struct problem *problem)
{
    const struct group *group = best_group(search);
    if (group->campaign_count > 1)
        return ambiguous(group, problem);
    if (group->campaign_count == 1) {
        *ret_match = group->newest;
        return JALON_OK;
    }
    bool is_mistyped;
    int err = code_form_is_mistyped(draft, code, &is_mistyped);
    if (err)
        return err;
    if (is_mistyped)
        return problem_set(problem, PROBLEM_INVALID,
                           "the code is mistyped: its check character does not fit, read it again");
    return problem_set(problem, PROBLEM_NOT_FOUND, "there is no such code");
}

int code_find(struct registry *registry, struct draft *draft, struct slice text,
              struct slice campaign, struct code_match *ret_match, struct problem *problem)
{
    struct code_text code = code_text_read(text);
    if (!code.folded[0])
        return problem_set(problem, PROBLEM_INVALID,
                           "the code is mistyped: codes have letters, digits, spaces and hyphens");
    struct campaign_names names;
    int err = campaign_names_read(registry, campaign, &names, problem);
    if (err)
        return err;
    campaign_names_sort_by_brand(&names);
    struct search search = {
        .registry = registry,
        .text = slice_trim(text),
        .folded = slice_of_string(code.folded),
        .campaign = campaign,
    };
    err = search_brands(&search, draft, &names);
    campaign_names_done(&names);
    return err ? err : choose(&search, draft, &code, ret_match, problem);
}
