/* init.c - the data folder is made: the key ring first, jalond.conf last, as that file is what marks a folder as an
 * installation. */
#include "admin/handlers.h"
#include "admin/session.h"
#include "core/sign/key_ring.h"
#include "core/traffic/url.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define CONFIG_MAX (64 * 1024)

/* Scheme and host in lower case, no slash behind: the base that every short link begins with. */
static int take_domain(struct session *session, char ret_domain[URL_SIZE_MAX + 1])
{
    struct slice text = options_slice(session->options, "domain");
    struct url url;
    const char *why = NULL;
    if (url_parse(&url, text, &why))
        return session_usage(session, "--domain: %s: give it as https://go.example.com",
                             why ? why : "it is not a URL");
    if ((url.path.size && !slice_is(url.path, "/")) || url.has_query || url.has_fragment)
        return session_usage(session,
                             "--domain: short links begin right behind the host: give it as "
                             "https://go.example.com");
    size_t size = text.size - url.path.size;
    for (size_t i = 0; i < size; i++)
        ret_domain[i] = (char)tolower((unsigned char)text.data[i]);
    ret_domain[size] = '\0';
    return JALON_OK;
}

static int refuse_existing(struct session *session)
{
    const char *found = access(session->config, F_OK) == 0     ? session->config
                        : access(session->key_file, F_OK) == 0 ? session->key_file
                                                               : NULL;
    if (!found)
        return JALON_OK;
    return problem_set(
        &session->problem, PROBLEM_CONFLICT,
        "there is an installation here already (%s): choose another folder with --data", found);
}

static void append_setting(struct buffer *text, const char *domain, const char *section,
                           const char *key, const char *fallback, const char *help)
{
    buffer_printf(text, "# %s\n", help);
    if (strcmp(section, "server") == 0 && strcmp(key, "domain") == 0)
        buffer_printf(text, "%s = %s\n", key, domain);
    else
        buffer_printf(text, "#%s =%s%s\n", key, *fallback ? " " : "", fallback);
}

static void append_config(struct buffer *text, const char *domain)
{
    buffer_append_string(
        text,
        "# jalond.conf - the settings of jalond and jalon; those behind a # are the defaults.\n"
        "# Each may also come from the environment, as JALON_SECTION_KEY. \"jalond --check\" "
        "says what is wrong here.\n");
    const char *section, *key, *fallback, *help, *last = "";
    for (size_t i = 0; settings_describe(i, &section, &key, &fallback, &help); i++) {
        if (strcmp(section, last) != 0)
            buffer_printf(text, "\n[%s]\n", section);
        last = section;
        append_setting(text, domain, section, key, fallback, help);
    }
}

static int write_config(const struct session *session, const char *domain)
{
    struct buffer text;
    buffer_init(&text, CONFIG_MAX);
    append_config(&text, domain);
    int err = buffer_error(&text);
    if (!err)
        err = folder_write(session->folder, "jalond.conf", buffer_slice(&text), 0600);
    buffer_done(&text);
    return err;
}

static int write_keys(const struct session *session)
{
    jalon_keys *keys;
    int err = key_ring_new(&keys, session->now_ms / 1000);
    if (err)
        return err;
    err = key_ring_save(keys, session->key_file);
    jalon_keys_free(keys);
    return err;
}

static void say_next(const char *folder)
{
    fprintf(stderr,
            "%s is ready: jalond.conf and keys. Keep a copy of keys in a safe place: without it no "
            "link "
            "holds.\n",
            folder);
    if (strcmp(folder_find(NULL), folder) != 0)
        fprintf(stderr, "Name it from now on: export JALON_DATA=%s\n", folder);
    fputs("Next:\n"
          "  jalond                     starts the redirector\n"
          "  jalon campaign add --help  a first campaign; then creator add, link add, code add\n"
          "  jalon doctor               checks it all\n",
          stderr);
}

int init_run(struct session *session)
{
    if (options_has(session->options, "config"))
        return session_usage(session, "init makes DIR/jalond.conf: leave out --config");
    char domain[URL_SIZE_MAX + 1];
    int err = take_domain(session, domain);
    if (!err)
        err = refuse_existing(session);
    if (err)
        return err;
    errno = 0;
    err = folder_make(session->folder);
    if (!err)
        err = write_keys(session);
    if (!err)
        err = write_config(session, domain);
    if (err == JALON_IO)
        return problem_set(&session->problem, PROBLEM_INTERNAL,
                           "%s can't be written (%s): choose another folder with "
                           "--data, or make this one yours",
                           session->folder, strerror(errno));
    if (err)
        return err;
    say_next(session->folder);
    return JALON_OK;
}
