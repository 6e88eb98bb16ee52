#include "core/ledger/reference.h"
#include "core/base/builtin_file.h"
#include "core/traffic/text_file.h"

#include <errno.h>
#include <stdio.h>

#define FILE_BYTES_MAX ((size_t)1 << 20)
#define SOURCE_MAX 160
#define RATE_WHOLE 1000000 /* a rate's millionths */

static BUILTIN_FILE(builtin_reference, "reference.txt");

static const char *const metrics[REFERENCE_METRICS] = {
    [REFERENCE_CTR] = "ctr",
    [REFERENCE_CONVERSION_RATE] = "conversion_rate",
    [REFERENCE_ENGAGEMENT_RATE] = "engagement_rate",
};

static struct slice take_word(struct slice *line)
{
    size_t end = 0;
    while (end < line->size && line->data[end] != ' ' && line->data[end] != '\t')
        end++;
    struct slice word = slice_first(*line, end);
    *line = slice_trim(slice_from(*line, end));
    return word;
}

/* Each reader of a part of a line returns what is wrong with it, or NULL. */

static const char *read_metric(struct slice word, enum reference_metric *ret_metric)
{
    for (int i = 0; i < REFERENCE_METRICS; i++)
        if (slice_is(word, metrics[i])) {
            *ret_metric = (enum reference_metric)i;
            return NULL;
        }
    return "it begins with ctr, conversion_rate or engagement_rate";
}

static const char *read_tier(struct slice word, struct slice *ret_tier)
{
    static const char *const tiers[] = {"nano", "micro", "macro"};
    *ret_tier = word;
    for (size_t i = 0; i < sizeof tiers / sizeof *tiers; i++)
        if (slice_is(word, tiers[i]))
            return NULL;
    *ret_tier = SLICE_NONE;
    return slice_is(word, "any") ? NULL : "second comes the tier: nano, micro, macro or any";
}

/* "1.5%" or "0.015" */
static const char *read_rate(struct slice word, double *ret_rate)
{
    int64_t millionths;
    bool is_percentage = word.size && word.data[word.size - 1] == '%';
    int err = money_parse(&millionths, slice_first(word, word.size - is_percentage),
                          is_percentage ? 4 : 6);
    if (err || millionths < 0 || millionths > RATE_WHOLE)
        return "third and fourth come two rates from 0 to 1, as 1.5% or 0.015";
    *ret_rate = (double)millionths / RATE_WHOLE;
    return NULL;
}

static const char *read_source(struct slice text, struct slice *ret_source)
{
    *ret_source = text;
    if (text.size == 0)
        return "last comes where the figures are from";
    if (text.size > SOURCE_MAX)
        return "the source has more than 160 bytes";
    return slice_is_utf8(text) && !slice_has_control(text) ? NULL : "the source is no UTF-8 text";
}

static const char *read_range(struct slice line, struct reference_range *range)
{
    const char *wrong = read_metric(take_word(&line), &range->metric);
    if (!wrong)
        wrong = read_tier(take_word(&line), &range->tier);
    if (!wrong)
        wrong = read_rate(take_word(&line), &range->low);
    if (!wrong)
        wrong = read_rate(take_word(&line), &range->high);
    if (!wrong && range->low > range->high)
        wrong = "the lowest is above the highest";
    return wrong ? wrong : read_source(line, &range->source);
}

static bool has_range(const struct reference *reference, const struct reference_range *range)
{
    for (size_t i = 0; i < reference->count; i++)
        if (reference->ranges[i].metric == range->metric &&
            slice_equal(reference->ranges[i].tier, range->tier))
            return true;
    return false;
}

static const char *read_line(struct reference *reference, struct slice line)
{
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    line = slice_trim(line);
    if (line.size == 0 || line.data[0] == '#')
        return NULL;
    struct reference_range range;
    const char *wrong = read_range(line, &range);
    if (wrong)
        return wrong;
    if (has_range(reference, &range))
        return "that metric and tier have a range already";
    if (reference->count == REFERENCE_RANGES_MAX)
        return "there are more than 64 ranges";
    reference->ranges[reference->count++] = range;
    return NULL;
}

int reference_parse(struct reference *ret_reference, struct slice text, const char *name,
                    char ret_why[REFERENCE_WHY_MAX])
{
    struct reference reference = {0};
    for (unsigned line = 1; text.size; line++) {
        const char *wrong = read_line(&reference, slice_take(&text, '\n'));
        if (!wrong)
            continue;
        (void)snprintf(ret_why, REFERENCE_WHY_MAX, "%s:%u: %s", name, line, wrong);
        return JALON_MALFORMED;
    }
    *ret_reference = reference;
    return JALON_OK;
}

int reference_open(struct reference *ret_reference, const char *file,
                   char ret_why[REFERENCE_WHY_MAX])
{
    if (!file || !*file)
        return reference_parse(ret_reference, builtin_reference(), "reference.txt", ret_why);
    struct buffer text;
    buffer_init(&text, FILE_BYTES_MAX);
    int err = text_file_read(&text, file);
    if (err)
        (void)snprintf(ret_why, REFERENCE_WHY_MAX, "%s: can't be read: %s", file,
                       err == JALON_IO ? strerror(errno) : jalon_error_text(err));
    else
        err = reference_parse(ret_reference, buffer_slice(&text), file, ret_why);
    if (err)
        buffer_done(&text);
    else
        ret_reference->text = text;
    return err;
}

void reference_done(struct reference *reference)
{
    buffer_done(&reference->text);
    *reference = (struct reference){0};
}

const struct reference_range *reference_find(const struct reference *reference,
                                             enum reference_metric metric, struct slice tier)
{
    const struct reference_range *of_any = NULL;
    for (size_t i = 0; i < reference->count; i++) {
        const struct reference_range *range = &reference->ranges[i];
        if (range->metric != metric)
            continue;
        if (range->tier.size && slice_equal(range->tier, tier))
            return range;
        if (range->tier.size == 0)
            of_any = range;
    }
    return of_any;
}

const char *reference_field(enum reference_metric metric)
{
    return metrics[metric];
}

void reference_use(bool used[REFERENCE_RANGES_MAX], const struct reference *reference,
                   const struct metrics *of, struct slice tier)
{
    const bool is_known[REFERENCE_METRICS] = {
        [REFERENCE_CTR] = of->ctr.value.is_known,
        [REFERENCE_CONVERSION_RATE] = of->conversion_rate.value.is_known,
        [REFERENCE_ENGAGEMENT_RATE] = of->engagement_rate.is_known,
    };
    for (unsigned metric = 0; metric < REFERENCE_METRICS; metric++) {
        const struct reference_range *range =
            reference_find(reference, (enum reference_metric)metric, tier);
        if (range && is_known[metric])
            used[range - reference->ranges] = true;
    }
}

const char *reference_place(const struct reference_range *range, const struct rate *rate)
{
    if (!rate->value.is_known)
        return NULL;
    double low = rate->low.is_known ? rate->low.value : rate->value.value;
    double high = rate->high.is_known ? rate->high.value : rate->value.value;
    if (high < range->low)
        return "below";
    if (low > range->high)
        return "above";
    return low >= range->low && high <= range->high ? "within" : "unclear";
}
