/* agents.c - the patterns of agent_list.h compiled, and agents held against them: one expression a kind
 * (agent_expression.h), as machine code by PCRE2. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "core/traffic/agents.h"

#include "core/base/buffer.h"
#include "core/traffic/agent_expression.h"
#include "core/traffic/agent_memory.h"
#include "core/traffic/builtin.h"
#include "core/traffic/text_file.h"

#include <pcre2.h>
#include <stdlib.h>

#define FILE_BYTES_MAX ((size_t)4 << 20)
#define EXPRESSION_MAX ((size_t)8 << 20)
/* A runaway pattern of a replaced file ends here and counts as no match; ours need a few thousand. */
#define MATCH_LIMIT 500000
#define OPTIONS                                                                                    \
    (PCRE2_CASELESS | PCRE2_DOTALL | PCRE2_DUPNAMES | PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UTF |  \
     PCRE2_NO_AUTO_CAPTURE)

struct agents {
    pcre2_code *codes[AGENT_PERSON]; /* NULL: no pattern of that kind */
};

struct agent_matcher {
    const struct agents *agents;
    pcre2_match_data *match;
    pcre2_match_context *context;
    struct agent_memory memory;
};

/* What each kind that decides the class says. */
static const struct {
    uint8_t class, reason;
} verdicts[] = {
    [AGENT_PREVIEW] = {CLICK_PREVIEW, CLICK_REASON_PREVIEW_AGENT},
    [AGENT_INAPP] = {CLICK_HUMAN, CLICK_REASON_NONE},
    [AGENT_MONITOR] = {CLICK_BOT, CLICK_REASON_MONITOR},
    [AGENT_LIBRARY] = {CLICK_BOT, CLICK_REASON_HTTP_LIBRARY},
    [AGENT_BOT] = {CLICK_BOT, CLICK_REASON_BOT_AGENT},
};

/* May a row of this kind take a click from a person? */
static bool is_against(enum agent_kind kind)
{
    return kind == AGENT_PREVIEW || kind == AGENT_MONITOR || kind == AGENT_LIBRARY ||
           kind == AGENT_BOT;
}

static pcre2_code *compile(struct slice expression)
{
    int error;
    PCRE2_SIZE at;
    return pcre2_compile((PCRE2_SPTR)expression.data, expression.size, OPTIONS, &error, &at, NULL);
}

/* What would reach beyond its own alternative, or hide one from agent_expression.c: verbs, quotes,
 * comments, options for all that follows ("(?-i)"; "(?-i:…)" is well). */
static bool has_refused_syntax(struct slice pattern)
{
    static const char *const refused[] = {"(*", "\\Q", "\\E", "(?#", "(?x", "(?^"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (slice_contains_nocase(pattern, slice_of_string(refused[i])))
            return true;
    for (size_t at = 0; at + 2 < pattern.size; at++) {
        if (!slice_starts(slice_from(pattern, at), SLICE("(?")))
            continue;
        size_t end = at + 2;
        while (end < pattern.size &&
               strchr("-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", pattern.data[end]))
            end++;
        if (end < pattern.size && pattern.data[end] == ')')
            return true;
    }
    return false;
}

/* Each row by itself: what is no expression alone could become one between others. */
static bool is_expression(struct slice pattern)
{
    uint32_t references = 0;
    pcre2_code *code = has_refused_syntax(pattern) ? NULL : compile(pattern);
    if (!code)
        return false;
    (void)pcre2_pattern_info(code, PCRE2_INFO_BACKREFMAX, &references); /* cannot fail */
    pcre2_code_free(code);
    return references == 0;
}

static int compile_kind(struct agents *agents, const struct agent_list *list, enum agent_kind kind)
{
    struct buffer expression;
    buffer_init(&expression, EXPRESSION_MAX);
    int err = agent_expression_build(&expression, list, kind);
    if (!err && expression.size) {
        agents->codes[kind] = compile(buffer_slice(&expression));
        err = agents->codes[kind] ? JALON_OK : JALON_MALFORMED;
    }
    if (!err && agents->codes[kind])
        (void)pcre2_jit_compile(agents->codes[kind], PCRE2_JIT_COMPLETE); /* without it: slower */
    buffer_done(&expression);
    return err;
}

static bool find_match(struct agent_matcher *matcher, const pcre2_code *code, struct slice agent,
                       size_t start)
{
    return code && pcre2_match(code, (PCRE2_SPTR)agent.data, agent.size, start, 0, matcher->match,
                               matcher->context) >= 0;
}

/* The value of the first row of a named kind that matches anywhere in `agent`, 0 for none. */
static uint8_t find_value(struct agent_matcher *matcher, enum agent_kind kind, struct slice agent)
{
    uint64_t lowest = UINT64_MAX;
    size_t start = 0;
    while (find_match(matcher, matcher->agents->codes[kind], agent, start)) {
        uint64_t mark;
        const char *text = (const char *)pcre2_get_mark(matcher->match);
        if (!slice_to_u64(&mark, slice_of_string(text), UINT64_MAX) && mark < lowest)
            lowest = mark;
        start = pcre2_get_ovector_pointer(matcher->match)[0] + 1;
        if (start >= agent.size)
            break;
    }
    return lowest == UINT64_MAX ? 0 : (uint8_t)lowest; /* the mark's low byte */
}

static bool row_matches(struct agent_matcher *matcher, const struct agent_row *row,
                        struct slice sample)
{
    pcre2_code *code = is_against(row->kind) ? compile(row->text) : NULL;
    bool matches = find_match(matcher, code, sample, 0);
    pcre2_code_free(code); /* accepts NULL */
    return matches;
}

/* JALON_INVALID when a pattern of `list` matches `sample`, and *ret_line names its line. */
static int check_sample(struct agent_matcher *matcher, const struct agent_list *list,
                        struct slice sample, unsigned *ret_line)
{
    bool matches = false;
    for (int kind = 0; kind < AGENT_PERSON; kind++)
        if (is_against((enum agent_kind)kind) &&
            find_match(matcher, matcher->agents->codes[kind], sample, 0))
            matches = true;
    if (!matches)
        return JALON_OK;
    for (size_t i = 0; i < list->count; i++)
        if (row_matches(matcher, &list->rows[i], sample))
            *ret_line = list->rows[i].line;
    return JALON_INVALID;
}

static int check_samples(struct agents *agents, const struct agent_list *list,
                         const struct agent_list *samples, unsigned *ret_line)
{
    struct agent_matcher *matcher = NULL;
    int err = agent_matcher_new(&matcher, agents, 0);
    for (size_t i = 0; i < samples->count && !err; i++)
        if (samples->rows[i].kind == AGENT_PERSON)
            err = check_sample(matcher, list, samples->rows[i].text, ret_line);
    (void)agent_matcher_free(matcher); /* returns NULL */
    return err;
}

/* The samples compiled in protect people from a replaced file that has none. */
static int check_builtin_samples(struct agents *agents, const struct agent_list *list,
                                 unsigned *ret_line)
{
    struct agent_list builtin;
    unsigned line;
    int err = agent_list_parse(&builtin, builtin_agents(), &line);
    if (err)
        return err;
    err = check_samples(agents, list, &builtin, ret_line);
    agent_list_done(&builtin);
    return err;
}

static int compile_list(struct agents *agents, const struct agent_list *list, unsigned *ret_line)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->rows[i].kind == AGENT_PERSON || is_expression(list->rows[i].text))
            continue;
        *ret_line = list->rows[i].line;
        return JALON_MALFORMED;
    }
    int err = JALON_OK;
    for (int kind = 0; kind < AGENT_PERSON && !err; kind++)
        err = compile_kind(agents, list, (enum agent_kind)kind);
    if (!err)
        err = check_samples(agents, list, list, ret_line);
    return err ? err : check_builtin_samples(agents, list, ret_line);
}

static int open_text(struct agents **ret_agents, struct slice text, unsigned *ret_line)
{
    struct agent_list list;
    int err = agent_list_parse(&list, text, ret_line);
    if (err)
        return err;
    struct agents *agents = calloc(1, sizeof *agents);
    err = agents ? compile_list(agents, &list, ret_line) : JALON_NO_MEMORY;
    agent_list_done(&list);
    if (err) {
        (void)agents_free(agents); /* returns NULL */
        return err;
    }
    *ret_agents = agents;
    return JALON_OK;
}

int agents_open(struct agents **ret_agents, const char *file, unsigned *ret_line)
{
    struct buffer text;
    unsigned line = 0;
    buffer_init(&text, FILE_BYTES_MAX);
    int err = file ? text_file_read(&text, file) : JALON_OK;
    if (!err)
        err = open_text(ret_agents, file ? buffer_slice(&text) : builtin_agents(), &line);
    buffer_done(&text);
    if (err && ret_line)
        *ret_line = line;
    return err;
}

struct agents *agents_free(struct agents *agents)
{
    if (!agents)
        return NULL;
    for (int kind = 0; kind < AGENT_PERSON; kind++)
        pcre2_code_free(agents->codes[kind]); /* accepts NULL */
    free(agents);
    return NULL;
}

int agent_matcher_new(struct agent_matcher **ret_matcher, const struct agents *agents,
                      size_t memory_slots)
{
    struct agent_matcher *matcher = calloc(1, sizeof *matcher);
    if (!matcher)
        return JALON_NO_MEMORY;
    matcher->agents = agents;
    matcher->match = pcre2_match_data_create(1, NULL);
    matcher->context = pcre2_match_context_create(NULL);
    int err = matcher->match && matcher->context ? JALON_OK : JALON_NO_MEMORY;
    if (!err)
        err = agent_memory_init(&matcher->memory, memory_slots);
    if (err) {
        (void)agent_matcher_free(matcher); /* returns NULL */
        return err;
    }
    (void)pcre2_set_match_limit(matcher->context, MATCH_LIMIT); /* always 0 */
    *ret_matcher = matcher;
    return JALON_OK;
}

struct agent_matcher *agent_matcher_free(struct agent_matcher *matcher)
{
    if (!matcher)
        return NULL;
    pcre2_match_data_free(matcher->match); /* both accept NULL */
    pcre2_match_context_free(matcher->context);
    agent_memory_done(&matcher->memory);
    free(matcher);
    return NULL;
}

static struct agent describe_person(struct agent_matcher *matcher, struct slice agent, uint8_t app)
{
    return (struct agent){
        .class = CLICK_HUMAN,
        .device = find_value(matcher, AGENT_DEVICE, agent),
        .system = find_value(matcher, AGENT_SYSTEM, agent),
        .app = app ? app : find_value(matcher, AGENT_APP, agent),
    };
}

static struct agent classify(struct agent_matcher *matcher, struct slice agent)
{
    for (size_t kind = 0; kind < sizeof verdicts / sizeof *verdicts; kind++) {
        if (kind == AGENT_INAPP) {
            uint8_t app = find_value(matcher, AGENT_INAPP, agent);
            if (app)
                return describe_person(matcher, agent, app);
        } else if (find_match(matcher, matcher->agents->codes[kind], agent, 0)) {
            return (struct agent){.class = verdicts[kind].class, .reason = verdicts[kind].reason};
        }
    }
    return describe_person(matcher, agent, 0);
}

struct agent agent_classify(struct agent_matcher *matcher, struct slice user_agent)
{
    struct slice agent = slice_first(slice_trim(user_agent), AGENT_BYTES_MAX);
    if (agent.size == 0)
        return (struct agent){.class = CLICK_BOT, .reason = CLICK_REASON_NO_AGENT};
    struct agent verdict;
    if (agent_memory_find(&matcher->memory, agent, &verdict))
        return verdict;
    verdict = classify(matcher, agent);
    agent_memory_put(&matcher->memory, agent, verdict);
    return verdict;
}
