#include "core/registry/field_judge.h"

#include "core/ledger/cost.h"
#include "core/ledger/moment.h"
#include "core/ledger/money.h"
#include "core/ledger/zone.h"
#include "core/registry/field.h"
#include "core/sign/slug.h"
#include "core/traffic/url.h"

#include <ctype.h>
#include <stdio.h>

#define TAG_MAX 64

static const char *judge_slug(const struct field *field, struct slice text,
                              char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    return slug_is_valid(text) && text.data[0] != '-'
               ? NULL
               : "write 1 to 64 of a-z, 0-9 and -, starting with a letter or digit";
}

static const char *judge_name(const struct field *field, struct slice text,
                              char space[FIELD_WHY_MAX])
{
    bool is_good = text.size >= 1 && text.size <= field->max;
    for (size_t i = 0; i < text.size && is_good; i++)
        is_good =
            isalnum((unsigned char)text.data[i]) || text.data[i] == '_' || text.data[i] == '-';
    if (is_good)
        return NULL;
    (void)snprintf(space, FIELD_WHY_MAX, "write 1 to %u of A-Z, a-z, 0-9, _ and -",
                   (unsigned)field->max);
    return space;
}

static const char *judge_text(const struct field *field, struct slice text,
                              char space[FIELD_WHY_MAX])
{
    if (text_has_control(text))
        return "it holds a control character: take it out";
    if (text.size >= 1 && text.size <= field->max)
        return NULL;
    (void)snprintf(space, FIELD_WHY_MAX, "write 1 to %u bytes", (unsigned)field->max);
    return space;
}

static const char *judge_url(const struct field *field, struct slice text,
                             char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    struct url url;
    const char *why = "write an absolute http or https URL";
    return url_parse(&url, text, &why) ? why : NULL;
}

static const char *judge_choice(const struct field *field, struct slice text,
                                char space[FIELD_WHY_MAX])
{
    if (field_is_choice(field->choices, text))
        return NULL;
    (void)snprintf(space, FIELD_WHY_MAX, "write one of %s", field->choices);
    for (char *c = space; (c = strchr(c, '|'));)
        *c = '/';
    return space;
}

static const char *judge_money(const struct field *field, struct slice text,
                               char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    /* How many decimals and how much are too many depends on the currency: judged with the campaign. */
    int64_t micro;
    int err = money_parse(&micro, text, 6);
    if (err == JALON_INVALID)
        return "it has more decimals than any currency";
    if (err && err != JALON_TOO_LONG)
        return "write a decimal number with a point, e.g. \"19.90\"";
    return text.data[0] == '-' ? "it is negative: amounts are 0 or more" : NULL;
}

static const char *judge_percent(const struct field *field, struct slice text,
                                 char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    int64_t share;
    return cost_value_parse(&share, COST_COMMISSION, text, 0)
               ? "write a percentage from 0% to 100%, e.g. \"8%\""
               : NULL;
}

static const char *judge_date(const struct field *field, struct slice text,
                              char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    date_day day;
    return date_parse(&day, text) ? "write a date as 2026-05-31" : NULL;
}

static const char *judge_moment(const struct field *field, struct slice text,
                                char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    int64_t ms;
    return moment_parse(&ms, text) ? "write a time as RFC 3339 has it, e.g. 2026-05-31T18:00:00Z"
                                   : NULL;
}

static const char *judge_duration(const struct field *field, struct slice text,
                                  char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    int64_t ms;
    return duration_parse(&ms, text) ? "write a number and s, m, h, d or w, e.g. 30d" : NULL;
}

static const char *judge_currency(const struct field *field, struct slice text,
                                  char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    unsigned exponent;
    return currency_exponent(&exponent, text) ? "write an ISO 4217 currency, e.g. EUR" : NULL;
}

static const char *judge_zone(const struct field *field, struct slice text,
                              char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    struct zone *zone;
    if (zone_open(&zone, text))
        return "there is no such time zone: write an IANA name, e.g. Europe/Paris";
    (void)zone_free(zone); /* only its being there was asked */
    return NULL;
}

static const char *judge_host(const struct field *field, struct slice text,
                              char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    struct slice name = slice_starts(text, SLICE("*.")) ? slice_from(text, 2) : text;
    char as_url[URL_SIZE_MAX];
    int size = snprintf(as_url, sizeof as_url, "http://%.*s/", SLICE_ARG(name));
    struct url url;
    if (size < 0 || (size_t)size >= sizeof as_url ||
        url_parse(&url, slice_of(as_url, (size_t)size), NULL) || !slice_equal(url.host, name))
        return "write a host name without port or path, e.g. shop.example.com or *.example.com";
    return NULL;
}

static const char *judge_click_id(const struct field *field, struct slice text,
                                  char space[FIELD_WHY_MAX])
{
    (void)field;
    (void)space;
    if (text_has_control(text) || !text.size)
        return "a click id holds a control character or is empty";
    return text.size > CLICK_ID_TEXT_MAX ? "a click id is longer than any of ours" : NULL;
}

static const char *judge_tag(const struct field *field, struct slice text,
                             char space[FIELD_WHY_MAX])
{
    if (field->choices)
        return judge_choice(field, text, space);
    if (text.size && text.size <= TAG_MAX && !text_has_control(text))
        return NULL;
    return "each is 1 to 64 bytes of text";
}

#define A_STRING "write it as a string"
#define A_LIST "write it as a list of strings"

const struct field_type field_types[FIELD_KINDS] = {
    [FIELD_SLUG] = {judge_slug, .expected = A_STRING},
    [FIELD_NAME] = {judge_name, .expected = A_STRING},
    [FIELD_TEXT] = {judge_text, .expected = A_STRING},
    [FIELD_URL] = {judge_url, .expected = A_STRING},
    [FIELD_HOSTS] = {judge_host, true, A_LIST},
    [FIELD_TAGS] = {judge_tag, true, A_LIST},
    [FIELD_CHOICE] = {judge_choice, .expected = A_STRING},
    [FIELD_MONEY] = {judge_money, .expected = "write it as a decimal string, e.g. \"19.90\""},
    [FIELD_PERCENT] = {judge_percent, .expected = "write it as a string, e.g. \"8%\""},
    [FIELD_DATE] = {judge_date, .expected = A_STRING},
    [FIELD_MOMENT] = {judge_moment, .expected = A_STRING},
    [FIELD_DURATION] = {judge_duration, .expected = A_STRING},
    [FIELD_CURRENCY] = {judge_currency, .expected = A_STRING},
    [FIELD_ZONE] = {judge_zone, .expected = A_STRING},
    [FIELD_CLICK_IDS] = {judge_click_id, true, "write one string or a list of strings"},
};
