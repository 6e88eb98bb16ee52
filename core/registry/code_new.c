#include "core/registry/code_new.h"

#include "core/registry/code_form.h"
#include "core/registry/lookup.h"
#include "core/registry/thing.h"
#include "jalon/code.h"

static int read_prefix(struct new_code *code, const json_t *clean, struct problem *problem)
{
    struct slice prefix = thing_text(clean, "prefix");
    if (!prefix.size) {
        code_prefix_of_creator(code->prefix, code->creator);
        return JALON_OK;
    }
    bool is_good = prefix.size >= JALON_CODE_PREFIX_MIN;
    for (size_t i = 0; i < prefix.size; i++) {
        char c = prefix.data[i];
        is_good = is_good && c != '_' && c != '-';
        code->prefix[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    code->prefix[prefix.size] = '\0';
    return is_good ? JALON_OK : problem_field(problem, "prefix", "write 2 to 16 of A-Z and 0-9");
}

/* A vanity code that could be a signed one, well written or mistyped, would be taken for it. */
static int check_slug_form(struct draft *draft, const struct code_text *text,
                           struct problem *problem)
{
    if (!text->folded[0])
        return problem_field(problem, "slug", "write letters, digits and hyphens, e.g. MARIE10");
    bool is_signed;
    int err = code_form_is_signed(draft, text, &is_signed);
    if (err || !is_signed)
        return err;
    return problem_field(problem, "slug",
                         "it reads as a signed code: choose a shorter or longer one");
}

static int check_slug(const struct new_code *code, struct draft *draft, const json_t *clean,
                      struct problem *problem)
{
    if (!code->slug.size)
        return JALON_OK;
    struct code_text text = code_text_read(code->slug);
    int err = check_slug_form(draft, &text, problem);
    if (err)
        return err;
    if (thing_text(clean, "prefix").size)
        return problem_field(problem, "prefix", "a vanity code has none: leave out prefix or slug");
    if (json_object_get(clean, "count"))
        return problem_field(problem, "count",
                             "a vanity code is one code: leave out count or slug");
    return JALON_OK;
}

int code_check_limit(const json_t *clean, struct problem *problem)
{
    return thing_number(clean, "max_redemptions", 1) ? JALON_OK
                                                     : problem_field(problem, "max_redemptions",
                                                                     "write 1 or more, or leave it "
                                                                     "out: then there is no limit");
}

static int64_t moment_of(const json_t *clean, const char *name)
{
    int64_t ms = thing_moment(clean, name, 0);
    return thing_text(clean, name).size && ms == 0 ? 1 : ms; /* 0 means open */
}

static int check_range(int64_t from_ms, int64_t until_ms, struct problem *problem)
{
    if (from_ms && until_ms && until_ms <= from_ms)
        return problem_field(problem, "valid_until", "it is not after valid_from: no order counts");
    return JALON_OK;
}

int code_new_read(struct new_code *code, struct registry *registry, struct draft *draft,
                  const json_t *clean, struct problem *problem)
{
    *code = (struct new_code){
        .creator = thing_text(clean, "creator"),
        .discount = thing_text(clean, "discount"),
        .slug = slice_trim(thing_text(clean, "slug")),
        .valid_from_ms = moment_of(clean, "valid_from"),
        .valid_until_ms = moment_of(clean, "valid_until"),
        .count = (uint64_t)thing_number(clean, "count", 1),
    };
    code->max_redemptions =
        thing_number(clean, "max_redemptions", json_object_get(clean, "count") ? 1 : 0);
    int err = lookup_campaign(registry, draft, thing_text(clean, "campaign"), "campaign",
                              &code->campaign, problem);
    if (err && err != JALON_INVALID)
        return err;
    if (!code->count)
        (void)problem_field(problem, "count", "write 1 or more");
    int errs[] = {err,
                  lookup_creator(draft, code->creator, false, problem),
                  read_prefix(code, clean, problem),
                  check_slug(code, draft, clean, problem),
                  code_check_limit(clean, problem),
                  check_range(code->valid_from_ms, code->valid_until_ms, problem)};
    for (size_t i = 0; i < sizeof errs / sizeof *errs; i++)
        if (errs[i])
            return errs[i];
    return code->count ? JALON_OK : JALON_INVALID;
}
