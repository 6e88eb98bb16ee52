#include "core/registry/noun.h"

#include "core/registry/field.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEXT_MAX 200
#define FIGURE_MAX 1000000000000 /* 10^12: no post was seen more often */

#define CAMPAIGN_OF(columns)                                                                       \
    {                                                                                              \
        "campaign", FIELD_SLUG, FIELD_REQUIRED | FIELD_FIXED | (columns),                          \
            .help = "campaign's slug"                                                              \
    }
#define CREATOR_OF(columns)                                                                        \
    {                                                                                              \
        "creator", FIELD_SLUG, FIELD_REQUIRED | FIELD_FIXED | (columns), .help = "creator's slug"  \
    }

static const struct field campaign_fields[] = {
    {"campaign", FIELD_SLUG, FIELD_REQUIRED | FIELD_FIXED | FIELD_IS_KEY,
     .help = "slug of the campaign"},
    {"brand", FIELD_SLUG, FIELD_REQUIRED | FIELD_FIXED, .help = "brand whose campaign it is"},
    {"target", FIELD_URL, FIELD_REQUIRED, .help = "where its links lead"},
    {"currency", FIELD_CURRENCY, FIELD_REQUIRED, .help = "of its orders and costs"},
    {"timezone", FIELD_ZONE, FIELD_REQUIRED, .help = "whose days are the campaign's days"},
    {"kind", FIELD_CHOICE, 0, "content", "content|test|cocreation|ambassador|macro|ads|email",
     .help = "kind of collaboration, or another lever"},
    {"start", FIELD_DATE, 0, .help = "first day"},
    {"end", FIELD_DATE, 0, .help = "last day"},
    {"attribution", FIELD_CHOICE, 0, "code-first",
     "code-first|click-first|last-click|first-click|linear", .help = "who is credited"},
    {"window", FIELD_DURATION, 0, "30d", .help = "how long a click counts before a conversion"},
    {"goal", FIELD_SLUG, 0, "sale", .help = "conversion type that counts as its result"},
    {"disclosure", FIELD_TEXT, 0, .max = TEXT_MAX,
     .help = "says that it is advertising; stands on pages about the campaign"},
    {"allow_host", FIELD_HOSTS, 0, .max = 15,
     .help = "hosts that targets may be on, besides the target's own"},
    {"utm_source", FIELD_TEXT, 0, .max = 128, .help = "added to each target"},
    {"utm_medium", FIELD_TEXT, 0, .max = 128, .help = "added to each target"},
    {"utm_campaign", FIELD_TEXT, 0, .max = 128, .help = "added to each target"},
    {"fallback", FIELD_URL, 0, .help = "where expired links lead"},
    {"click_param", FIELD_NAME, 0, "jclid", .max = 32,
     .help = "name of the click id in the target"},
    {"duplicate_window", FIELD_DURATION, 0, "10s",
     .help = "how long the same visitor's next click on a link is a duplicate"},
};

static const struct field creator_fields[] = {
    {"creator", FIELD_SLUG, FIELD_REQUIRED | FIELD_FIXED | FIELD_IS_KEY | FIELD_COLUMN,
     .help = "slug of the creator"},
    {"name", FIELD_TEXT, FIELD_COLUMN, .max = TEXT_MAX, .help = "name to show"},
    {"platform", FIELD_TEXT, FIELD_COLUMN, .max = 64, .help = "where the creator publishes"},
    {"followers", FIELD_COUNT, FIELD_COLUMN, .max = FIGURE_MAX, .help = "number of followers"},
    {"niche", FIELD_TAGS, FIELD_COLUMN, .max = 16, .help = "what it is about"},
};

static const struct field link_fields[] = {
    CAMPAIGN_OF(FIELD_COLUMN),
    CREATOR_OF(FIELD_COLUMN),
    {"channel", FIELD_TEXT, FIELD_COLUMN, .max = 64,
     .help = "where it is put: bio, story, post, video, newsletter, …"},
    {"target", FIELD_URL, FIELD_COLUMN, .help = "where it leads, if not to the campaign's target"},
    {"slug", FIELD_TEXT, FIELD_NOT_EMPTY | FIELD_FIXED | FIELD_COLUMN, .max = 64,
     .help = "vanity link of 1-64 of a-z, 0-9 and -, instead of a signed code"},
    {"expires_at", FIELD_MOMENT, FIELD_COLUMN, .help = "when it ends", .option = "expires"},
    {"state", FIELD_CHOICE, FIELD_NO_OPTION, .choices = "active|disabled", .help = "is it in use"},
};

static const struct field code_fields[] = {
    CAMPAIGN_OF(0),
    CREATOR_OF(0),
    {"prefix", FIELD_NAME, FIELD_FIXED, .max = 16,
     .help =
         "2-16 of A-Z and 0-9 that the signed code begins with; default: from the creator's slug"},
    {"slug", FIELD_TEXT, FIELD_NOT_EMPTY | FIELD_FIXED, .max = 64,
     .help = "vanity code such as MARIE10"},
    {"discount", FIELD_TEXT, 0, .max = TEXT_MAX, .help = "what it gives, in words"},
    {"valid_from", FIELD_MOMENT, 0, .help = "orders from then on"},
    {"valid_until", FIELD_MOMENT, 0, .help = "orders before then"},
    {"max_redemptions", FIELD_COUNT, 0, .max = FIGURE_MAX, .help = "orders past it are flagged"},
    {"count", FIELD_COUNT, FIELD_FIXED, .max = 100000,
     .help = "that many codes at once, single-use unless max_redemptions says more"},
    {"state", FIELD_CHOICE, FIELD_NO_OPTION, .choices = "active|disabled", .help = "is it in use"},
};

static const struct field rotation_fields[] = {
    {"campaign", FIELD_SLUG, 0, .help = "the campaign, where a code is in several"},
    {"prefix", FIELD_NAME, 0, .max = 16,
     .help = "2-16 of A-Z and 0-9 that the new code begins with; default: the old one's, or from "
             "the creator's slug"},
    {"slug", FIELD_TEXT, FIELD_NOT_EMPTY, .max = 64,
     .help = "vanity code to be the new one; default: a signed one"},
    {"keep_days", FIELD_COUNT, 0, .max = 3650,
     .help = "how long the old one is still recognised; default: 14"},
};

static const struct field cost_fields[] = {
    CAMPAIGN_OF(FIELD_COLUMN),
    CREATOR_OF(FIELD_COLUMN),
    {"date", FIELD_DATE, FIELD_COLUMN, .help = "the campaign's day it counts from; default: today"},
    {"fee", FIELD_MONEY, FIELD_COLUMN, .help = "fixed fee on that day"},
    {"per_click", FIELD_MONEY, FIELD_COLUMN, .help = "for each click from that day on"},
    {"per_conversion", FIELD_MONEY, FIELD_COLUMN,
     .help = "for each goal conversion from that day on"},
    {"commission", FIELD_PERCENT, FIELD_COLUMN, .help = "of the revenue from that day on"},
    {"product", FIELD_MONEY, FIELD_COLUMN, .help = "value of products given on that day"},
    {"per_conversion_code", FIELD_MONEY, FIELD_COLUMN,
     .help = "per_conversion of sales on the code alone from that day on; default: the same"},
    {"commission_code", FIELD_PERCENT, FIELD_COLUMN,
     .help = "commission of sales on the code alone from that day on; default: the same"},
};

static const struct field post_fields[] = {
    CAMPAIGN_OF(FIELD_COLUMN),
    CREATOR_OF(FIELD_COLUMN),
    {"url", FIELD_URL, FIELD_REQUIRED | FIELD_FIXED | FIELD_COLUMN,
     .help = "where it was published"},
    {"published_at", FIELD_MOMENT, FIELD_COLUMN, .help = "when it was published"},
    {"taken_at", FIELD_MOMENT, FIELD_COLUMN, .help = "when the figures were read; default: now"},
    {"impressions", FIELD_COUNT, FIELD_COLUMN, .max = FIGURE_MAX, .help = "times it was shown"},
    {"reach", FIELD_COUNT, FIELD_COLUMN, .max = FIGURE_MAX, .help = "people who saw it"},
    {"likes", FIELD_COUNT, FIELD_COLUMN, .max = FIGURE_MAX, .help = "likes"},
    {"comments", FIELD_COUNT, FIELD_COLUMN, .max = FIGURE_MAX, .help = "comments"},
    {"shares", FIELD_COUNT, FIELD_COLUMN, .max = FIGURE_MAX, .help = "shares"},
    {"saves", FIELD_COUNT, FIELD_COLUMN, .max = FIGURE_MAX, .help = "saves"},
};

static const struct field conversion_fields[] = {
    [ORDER_FIELD_CAMPAIGN] = CAMPAIGN_OF(FIELD_COLUMN),
    [ORDER_FIELD_ID] = {"order_id", FIELD_TEXT, FIELD_REQUIRED | FIELD_FIXED | FIELD_COLUMN,
                        .max = 128, .help = "the shop's own number of the order"},
    [ORDER_FIELD_TYPE] = {"type", FIELD_SLUG, FIELD_REQUIRED | FIELD_FIXED | FIELD_COLUMN,
                          .help = "sale, signup, lead, or a type of your own"},
    [ORDER_FIELD_AMOUNT] = {"amount", FIELD_MONEY, FIELD_FIXED | FIELD_COLUMN,
                            .help = "what was paid, e.g. 19.90"},
    [ORDER_FIELD_CURRENCY] = {"currency", FIELD_CURRENCY, FIELD_FIXED | FIELD_COLUMN,
                              .help = "the campaign's; another one is refused"},
    [ORDER_FIELD_CLICK_IDS] = {"click_id", FIELD_CLICK_IDS, FIELD_FIXED | FIELD_COLUMN,
                               .max = ORDER_CLICKS_MAX,
                               .help = "click ids that the order came with, oldest first; of more "
                                       "than 20 the newest are kept"},
    [ORDER_FIELD_CODE] = {"code", FIELD_TEXT, FIELD_FIXED | FIELD_COLUMN, .max = 128,
                          .help = "promo code that the order came with"},
    [ORDER_FIELD_OCCURRED_AT] = {"occurred_at", FIELD_MOMENT, FIELD_COLUMN,
                                 .help = "when it was placed; default: now"},
    [ORDER_FIELD_STATUS] = {"status", FIELD_CHOICE, FIELD_COLUMN, "approved",
                            "pending|approved|refunded|cancelled",
                            .help = "pending and approved ones count"},
    [ORDER_FIELD_REFUNDED] = {"refunded", FIELD_MONEY, FIELD_MAPPED,
                              .help =
                                  "of a shop's export, by a map: all that was paid back until now"},
};

static const struct field refund_fields[] = {
    CAMPAIGN_OF(0),
    {"refund_id", FIELD_TEXT, FIELD_REQUIRED, .max = 128,
     .help = "the shop's own number of the refund"},
    {"amount", FIELD_MONEY, 0, .help = "what was paid back; default: the rest"},
};

static const struct field token_fields[] = {
    {"scopes", FIELD_TAGS, FIELD_REQUIRED, .choices = "issue|convert|report", .max = 3,
     .help = "what it may do"},
    {"brand", FIELD_SLUG, 0, .help = "limits it to that brand's campaigns"},
    {"campaign", FIELD_SLUG, 0, .help = "limits it to that campaign"},
    {"name", FIELD_TEXT, 0, .max = 64, .help = "to know it by"},
};

static const struct noun nouns[] = {
    {"campaign", campaign_fields, COUNT(campaign_fields)},
    {"creator", creator_fields, COUNT(creator_fields)},
    {"link", link_fields, COUNT(link_fields)},
    {"code", code_fields, COUNT(code_fields)},
    {"rotation", rotation_fields, COUNT(rotation_fields)},
    {"cost", cost_fields, COUNT(cost_fields)},
    {"post", post_fields, COUNT(post_fields)},
    {"conversion", conversion_fields, COUNT(conversion_fields)},
    {"refund", refund_fields, COUNT(refund_fields)},
    {"token", token_fields, COUNT(token_fields)},
};

const struct noun *noun_at(size_t index)
{
    return index < COUNT(nouns) ? &nouns[index] : NULL;
}

const struct noun *noun_find(struct slice name)
{
    for (size_t i = 0; i < COUNT(nouns); i++)
        if (slice_is(name, nouns[i].name))
            return &nouns[i];
    return NULL;
}

const struct field *noun_field(const struct noun *noun, struct slice name)
{
    for (size_t i = 0; i < noun->field_count; i++)
        if (slice_is(name, noun->fields[i].name))
            return &noun->fields[i];
    return NULL;
}
