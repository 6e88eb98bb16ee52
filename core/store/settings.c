/* In three steps: the values of the file by row of the table, each with its line; then those of the environment in their
 * place; then each is read into its field. So a duplicate is seen, and a bad value in the file that the environment
 * replaces is not an error.
 *
 * inih's lines have a bound (197 characters in Debian's); a list may go on in indented lines. */
#include "core/store/settings.h"

#include "core/base/buffer.h"
#include "core/store/settings_table.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define VALUE_MAX 65536

struct value {
    struct buffer text;
    unsigned line; /* 0: not from the file */
    char variable[64];
    bool is_set;
};

struct loader {
    const char *file;
    FILE *stream;
    unsigned line;
    bool is_indented; /* the line being read */
    struct value values[SETTINGS_MAX];
    struct problem *problem;
    int err; /* the first error; the rest of the file is skipped then */
};

static int fail(struct loader *loader, const char *format, ...) PRINTF_LIKE(2, 3);
static int fail(struct loader *loader, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* cut to fit */
    va_end(arguments);
    if (!loader->err)
        loader->err = problem_set(loader->problem, PROBLEM_INVALID, "%.120s:%u: %s", loader->file,
                                  loader->line, text);
    return loader->err;
}

static bool is_section(struct slice name)
{
    for (size_t i = 0; i < setting_count; i++)
        if (slice_is(name, setting_rows[i].section))
            return true;
    return false;
}

/* inih tells nobody of a section without keys. */
static void check_section(struct loader *loader, struct slice line)
{
    struct slice rest = slice_from(line, 1), name = slice_take(&rest, ']');
    if (name.size + 1 == line.size)
        (void)fail(loader, "the section's ] is missing");
    if (!is_section(name))
        (void)fail(loader, "there is no section [%.*s]", SLICE_ARG(slice_first(name, 64)));
}

static bool has_control(struct slice text) /* other than tabs */
{
    while (text.size)
        if (slice_has_control(slice_take(&text, '\t')))
            return true;
    return false;
}

static void check_line(struct loader *loader, struct slice line, bool is_cut)
{
    struct slice text = slice_trim(line);
    bool is_comment = text.size && (text.data[0] == '#' || text.data[0] == ';');
    loader->is_indented = text.size && text.data != line.data;
    if (is_comment)
        return;
    if (is_cut)
        (void)fail(loader, "the line is too long: go on in an indented one");
    if (has_control(text))
        (void)fail(loader, "the line has control characters");
    if (text.size && text.data[0] == '[')
        check_section(loader, text);
}

/* As fgets, for inih: a line at a time, and what does not fit is dropped. */
static char *read_line(char *ret_text, int capacity, void *context)
{
    struct loader *loader = context;
    size_t size = 0, room = (size_t)capacity - 2;
    bool is_cut = false;
    int c;
    while ((c = fgetc(loader->stream)) != EOF && c != '\n') {
        if (size < room)
            ret_text[size++] = (char)c;
        else
            is_cut = true;
    }
    if (c == EOF && size == 0)
        return NULL;
    loader->line++;
    if (size && ret_text[size - 1] == '\r')
        size--;
    check_line(loader, slice_of(ret_text, size), is_cut);
    ret_text[size] = '\n';
    ret_text[size + 1] = '\0';
    return ret_text;
}

static size_t find_row(const char *section, const char *key)
{
    size_t row = 0;
    while (row < setting_count && (strcmp(setting_rows[row].section, section) != 0 ||
                                   strcmp(setting_rows[row].key, key) != 0))
        row++;
    return row;
}

static bool is_list(const struct setting *setting)
{
    return setting->type == SETTING_ADDRESSES || setting->type == SETTING_NETWORKS;
}

static int take_value(struct loader *loader, size_t row, const char *text)
{
    struct value *value = &loader->values[row];
    const struct setting *setting = &setting_rows[row];
    if (value->is_set && !loader->is_indented)
        return fail(loader, "%s.%s is there already, in line %u", setting->section, setting->key,
                    value->line);
    if (value->is_set && !is_list(setting))
        return fail(loader, "%s.%s does not go on in a second line", setting->section,
                    setting->key);
    if (value->text.size && value->text.data[value->text.size - 1] != ',')
        buffer_append_byte(&value->text, ',');
    buffer_append_string(&value->text, text);
    value->line = value->is_set ? value->line : loader->line;
    value->is_set = true;
    return buffer_error(&value->text) ? fail(loader, "the list is too long") : JALON_OK;
}

/* inih's answer is the other way round: 0 is failure. */
static int take_line(void *context, const char *section, const char *key, const char *text)
{
    struct loader *loader = context;
    if (loader->err)
        return 0;
    if (!*section)
        return fail(loader, "%.64s stands before the first [section]", key) == JALON_OK;
    if (!is_section(slice_of_string(section)))
        return fail(loader, "there is no section [%.64s]", section) == JALON_OK;
    size_t row = find_row(section, key);
    if (row == setting_count)
        return fail(loader, "there is no setting %.64s in section [%.64s]", key, section) ==
               JALON_OK;
    return take_value(loader, row, text) == JALON_OK;
}

static int read_file(struct loader *loader)
{
    loader->stream = fopen(loader->file, "re");
    if (!loader->stream) {
        (void)problem_set(loader->problem, PROBLEM_INVALID, "%.200s can't be read: %s",
                          loader->file,
                          errno == ENOENT ? "there is no such file; \"jalon init\" makes one"
                                          : strerror(errno)); /* the code is ours */
        return JALON_IO;
    }
    int bad_line = ini_parse_stream(read_line, loader, take_line, loader);
    bool is_unreadable = ferror(loader->stream) != 0;
    (void)fclose(loader->stream); /* only read */
    if (is_unreadable) {
        (void)problem_set(loader->problem, PROBLEM_INVALID, "%.200s can't be read", loader->file);
        return JALON_IO;
    }
    if (loader->err || bad_line == 0)
        return loader->err;
    loader->line = bad_line > 0 ? (unsigned)bad_line : 0;
    return fail(loader, "neither a [section] nor key = value");
}

static void variable_name(char ret_name[64], const struct setting *setting)
{
    (void)snprintf(ret_name, 64, "JALON_%s_%s", setting->section, setting->key); /* fits */
    for (char *at = ret_name; *at; at++)
        *at = (char)toupper((unsigned char)*at);
}

static int take_variables(struct loader *loader)
{
    for (size_t row = 0; row < setting_count; row++) {
        struct value *value = &loader->values[row];
        variable_name(value->variable, &setting_rows[row]);
        const char *text = getenv(value->variable);
        if (!text)
            continue;
        buffer_clear(&value->text);
        buffer_append_string(&value->text, text);
        value->line = 0;
        value->is_set = true;
        if (buffer_error(&value->text))
            return problem_set(loader->problem, PROBLEM_INVALID, "%s is too long", value->variable);
    }
    return JALON_OK;
}

/* Does it begin like one of ours, JALON_SECTION_? JALON_DATA and the like are none of the settings. */
static bool has_our_section(struct slice variable)
{
    for (size_t row = 0; row < setting_count; row++) {
        char prefix[64];
        (void)snprintf(prefix, sizeof prefix, "JALON_%s_", setting_rows[row].section); /* fits */
        if (slice_starts_nocase(variable, slice_of_string(prefix)))
            return true;
    }
    return false;
}

static int check_variables(struct loader *loader)
{
    for (char **entry = environ; entry && *entry; entry++) {
        struct slice rest = slice_of_string(*entry), name = slice_take(&rest, '=');
        if (!slice_starts(name, SLICE("JALON_")) || !has_our_section(name))
            continue;
        bool is_known = false;
        for (size_t row = 0; row < setting_count; row++)
            is_known |= slice_is(name, loader->values[row].variable);
        if (!is_known)
            return problem_set(
                loader->problem, PROBLEM_INVALID,
                "%.*s in the environment is no setting: see jalond.conf for their names",
                SLICE_ARG(slice_first(name, 100)));
    }
    return JALON_OK;
}

static int bad_value(struct loader *loader, size_t row, const char *text, const char *expected)
{
    const struct setting *setting = &setting_rows[row];
    const struct value *value = &loader->values[row];
    /* A store's URL may hold a password. */
    const char *shown = setting->type == SETTING_STORE ? "(hidden)" : text;
    if (value->line) {
        loader->line = value->line;
        return fail(loader, "%s.%s = %.64s: expected %s", setting->section, setting->key, shown,
                    expected);
    }
    return problem_set(loader->problem, PROBLEM_INVALID, "%s=%.64s: expected %s", value->variable,
                       shown, expected);
}

static int read_values(struct loader *loader, struct settings *settings)
{
    for (size_t row = 0; row < setting_count; row++) {
        struct value *value = &loader->values[row];
        const char *text = value->is_set ? buffer_string(&value->text) : setting_rows[row].fallback;
        char expected[160];
        if (!text)
            return problem_from_error(loader->problem, JALON_NO_MEMORY);
        int err = setting_read(settings, &setting_rows[row], text, expected);
        if (err == JALON_INVALID)
            return bad_value(loader, row, text, expected);
        if (err)
            return problem_from_error(loader->problem, err);
    }
    return JALON_OK;
}

/* Where the values are from, for those who find later that a file does not do. */
static int keep_sources(const struct loader *loader, struct settings *settings)
{
    settings->file = strdup(loader->file ? loader->file : "");
    for (size_t row = 0; row < setting_count; row++) {
        settings->lines[row] = loader->values[row].line;
        settings->is_variable[row] = loader->values[row].is_set && !loader->values[row].line;
    }
    return settings->file ? JALON_OK : JALON_NO_MEMORY;
}

void settings_where(char ret_where[SETTINGS_WHERE_MAX], const struct settings *settings,
                    const char *section, const char *key)
{
    size_t row = find_row(section, key);
    if (settings->is_variable[row])
        variable_name(ret_where, &setting_rows[row]);
    else if (settings->lines[row])
        (void)snprintf(ret_where, SETTINGS_WHERE_MAX, "%.120s:%u: %s.%s", settings->file,
                       settings->lines[row], section, key); /* fits */
    else
        (void)snprintf(ret_where, SETTINGS_WHERE_MAX, "%s.%s", section, key); /* fits */
}

/* What no single value shows. */
static int check_together(const struct settings *settings, struct problem *problem)
{
    char where[SETTINGS_WHERE_MAX];
    if (!*settings->certificate != !*settings->key) {
        settings_where(where, settings, "server", *settings->key ? "key" : "certificate");
        return problem_set(problem, PROBLEM_INVALID,
                           "%s: server.certificate and server.key go together: set both or none",
                           where);
    }
    if (settings->journal_max_bytes / 4 < settings->journal_segment_bytes) {
        settings_where(where, settings, "journal", "max_size");
        return problem_set(problem, PROBLEM_INVALID,
                           "%s: journal.max_size must be at least 4 times journal.segment_size",
                           where);
    }
    return JALON_OK;
}

static int load(struct loader *loader, struct settings *settings)
{
    int err = loader->file ? read_file(loader) : JALON_OK;
    if (!err)
        err = take_variables(loader);
    if (!err)
        err = check_variables(loader);
    if (!err)
        err = read_values(loader, settings);
    if (!err)
        err = keep_sources(loader, settings);
    return err ? err : check_together(settings, loader->problem);
}

int settings_load(struct settings *ret_settings, const char *file, struct problem *problem)
{
    struct loader loader = {.file = file, .problem = problem};
    struct settings settings = {0};
    for (size_t row = 0; row < setting_count; row++)
        buffer_init(&loader.values[row].text, VALUE_MAX);
    int err = load(&loader, &settings);
    for (size_t row = 0; row < setting_count; row++)
        buffer_done(&loader.values[row].text);
    if (err)
        settings_done(&settings);
    else
        *ret_settings = settings;
    return err;
}

void settings_done(struct settings *settings)
{
    for (size_t row = 0; row < setting_count; row++)
        if (setting_is_text(&setting_rows[row]))
            free(*(char **)((char *)settings + setting_rows[row].offset));
    free(settings->file);
    *settings = (struct settings){0};
}
