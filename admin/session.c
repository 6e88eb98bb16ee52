#include "admin/session.h"
#include "admin/command.h"
#include "admin/terminal.h"
#include "core/base/clock.h"
#include "core/registry/ring_known.h"
#include "core/store/store.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define STORE_TIMEOUT_MS 10000

static int take_format(struct session *session)
{
    static const char *const names[] = {
        [FORMAT_TABLE] = "table",
        [FORMAT_CSV] = "csv",
        [FORMAT_JSON] = "json",
        [FORMAT_HTML] = "html",
    };
    bool has_html = session->command->has_html;
    const char *given = options_value(session->options, "format");
    if (!given)
        return JALON_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], given) == 0 && (i != FORMAT_HTML || has_html)) {
            session->format = (enum format)i;
            return JALON_OK;
        }
    return session_usage(session, "there is no format %s: choose table, csv%s json%s", given,
                         has_html ? "," : " or", has_html ? " or html" : "");
}

static int find_config(struct session *session)
{
    const char *given = options_value(session->options, "config");
    if (!given)
        return folder_path(session->config, session->folder, "jalond.conf");
    return slice_to_string(session->config, sizeof session->config, slice_of_string(given));
}

int session_init(struct session *session, const struct command *command,
                 const struct options *options)
{
    *session = (struct session){
        .command = command,
        .options = options,
        .now_ms = clock_wall_ms(),
        .folder = folder_find(options_value(options, "data")),
    };
    problem_init(&session->problem);
    if (find_config(session) || folder_path(session->key_file, session->folder, "keys"))
        return session_usage(session, "the name of the data folder or of the configuration file is "
                                      "too long: choose a shorter one");
    return take_format(session);
}

static int open_settings(struct session *session)
{
    if (access(session->config, R_OK) != 0 && errno != ENOENT && errno != ENOTDIR)
        return problem_set(&session->problem, PROBLEM_INTERNAL,
                           "%s can't be read (%s): run this as the owner of the data folder",
                           session->config, strerror(errno));
    if (access(session->config, F_OK) != 0)
        return session_fail(
            session,
            problem_set(&session->problem, PROBLEM_NOT_FOUND,
                        "there is no installation in %s (no %s): make one with \"jalon init "
                        "--domain URL --data DIR\", or name it with --data or $JALON_DATA",
                        session->folder, session->config),
            NULL);
    int err = settings_load(&session->settings, session->config, &session->problem);
    if (err)
        return session_fail(session, err, session->config);
    session->has_settings = true;
    return JALON_OK;
}

static int open_keys(struct session *session)
{
    int err = jalon_keys_open(&session->keys, session->key_file);
    if (err == JALON_IO)
        return problem_set(&session->problem, PROBLEM_INTERNAL,
                           "the key ring %s can't be read (%s): restore "
                           "it, or see whether --data is right",
                           session->key_file, strerror(errno));
    if (err)
        return session_fail(session, err, session->key_file);
    err = ring_known_check_folder(session->folder, session->keys, &session->problem);
    if (err)
        return err;
    session->registry.keys = session->keys;
    session->registry.domain = session->settings.domain;
    session->registry.source = "command";
    session->registry.now_ms = session->now_ms;
    session->registry.link_wait_ms = REGISTRY_LINK_WAIT_MS;
    return JALON_OK;
}

static int open_store(struct session *session)
{
    struct store_options options = {
        .folder = session->folder,
        .redis = session->settings.redis,
        .timeout_ms = STORE_TIMEOUT_MS,
        .may_start_embedded = true,
    };
    int err = ring_known_check(session->keys, session->key_file, &session->problem);
    if (err)
        return err;
    if (!*session->settings.domain)
        return problem_set(&session->problem, PROBLEM_INVALID,
                           "%s: server.domain is not set: short links begin with it, e.g. "
                           "https://go.example.com",
                           session->config);
    err = store_open(&session->store, &options, &session->problem);
    if (err)
        return session_fail(session, err, "store");
    err = ring_known_check_store(session->store, session->keys, &session->problem);
    if (err)
        return err;
    session->registry.store = session->store;
    err = ring_known_teach_folder(session->folder, session->keys);
    return err ? session_fail(session, err, RING_KNOWN_FILE) : JALON_OK;
}

int session_open(struct session *session, enum session_needs needs)
{
    int err = JALON_OK;
    if (needs >= NEEDS_SETTINGS && !session->has_settings)
        err = open_settings(session);
    if (!err && needs >= NEEDS_KEYS && !session->keys)
        err = open_keys(session);
    if (!err && needs >= NEEDS_STORE && !session->store)
        err = open_store(session);
    return err;
}

void session_done(struct session *session)
{
    session->store = store_free(session->store);
    jalon_keys_free(session->keys);
    session->keys = NULL;
    if (session->has_settings)
        settings_done(&session->settings);
    session->has_settings = false;
}

int session_usage(struct session *session, const char *format, ...)
{
    char text[sizeof session->problem.detail];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments); /* cut to fit */
    va_end(arguments);
    session->is_usage = true;
    (void)problem_set(&session->problem, PROBLEM_INVALID, "%s", text); /* our own code follows */
    return JALON_INVALID;
}

int session_fail(struct session *session, int error, const char *what)
{
    if (session->problem.kind != PROBLEM_NONE)
        return error;
    (void)problem_from_error(&session->problem, error); /* only its words are wanted */
    if (what)
        (void)problem_set(&session->problem, session->problem.kind, "%s: %s", what,
                          jalon_error_text(error)); /* the code is the caller's */
    return error;
}

struct slice session_argument(const struct session *session, size_t index)
{
    if (index >= session->options->argument_count)
        return SLICE_NONE;
    return slice_of_string(session->options->arguments[index]);
}

int session_confirm(struct session *session, const char *question)
{
    if (options_has(session->options, "yes"))
        return JALON_OK;
    if (!terminal_is(stdin))
        return problem_set(&session->problem, PROBLEM_INVALID,
                           "%s This needs a yes, and there is no terminal to ask on: add --yes",
                           question);
    fprintf(stderr, "%s Go on? [y/N] ", question);
    char answer[16];
    if (fgets(answer, sizeof answer, stdin) && (answer[0] == 'y' || answer[0] == 'Y'))
        return JALON_OK;
    return problem_set(&session->problem, PROBLEM_INVALID,
                       "nothing was changed, as the answer was not yes");
}
