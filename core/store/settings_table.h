/* settings_table.h - the one table of settings, for the files settings*.c only. */
#ifndef STORE_SETTINGS_TABLE_H
#define STORE_SETTINGS_TABLE_H
#include "core/store/settings.h"

enum setting_type {
    /* char * */
    SETTING_TEXT,
    SETTING_ADDRESSES, /* host:port, several by commas */
    SETTING_NETWORKS,  /* CIDRs, several by commas */
    SETTING_DOMAIN,
    SETTING_STORE, /* store_url.h */
    /* the rest */
    SETTING_COUNT,   /* unsigned */
    SETTING_WORKERS, /* unsigned, or "auto": 0 */
    SETTING_LARGE,   /* uint64_t */
    SETTING_BYTES,   /* uint64_t, with K, M, G */
    SETTING_SEGMENT, /* the same, a power of two */
    SETTING_MS,      /* unsigned milliseconds, or with ms, s, m, h, d */
    SETTING_SECONDS, /* unsigned seconds, likewise */
    SETTING_SWITCH,  /* bool: the second of two `choices`, by default "no,yes" */
    SETTING_CHOICE,  /* an enum, by its name in `choices` */
};

struct setting {
    const char *section, *key, *fallback;
    enum setting_type type;
    size_t offset;       /* in struct settings */
    uint64_t min, max;   /* of numbers, in the unit of the field */
    const char *choices; /* names by commas, in the order of the enum's values */
    const char *help;
};

extern const struct setting setting_rows[];
extern const size_t setting_count;

/* Reads `text` into its field of `settings`. JALON_INVALID: *ret_expected says what would do; JALON_NO_MEMORY. */
CHECKED int setting_read(struct settings *settings, const struct setting *setting, const char *text,
                         char ret_expected[160]);
/* Is it a char * of the struct, to be freed? */
bool setting_is_text(const struct setting *setting);
#endif
