#include "core/store/folder.h"
#include "redirector/server.h"
#include "redirector/snapshot.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>

#define EXIT_WRONG_USAGE 2

enum option_key {
    OPTION_DATA = 'd',
    OPTION_CONFIG = 'c',
    OPTION_VERSION = 'V',
    OPTION_CHECK = 0x100,
    OPTION_TAKEOVER
};

static const struct argp_option options[] = {
    {"data", OPTION_DATA, "DIR", 0, "Data folder (default: $JALON_DATA, else " FOLDER_DEFAULT ")",
     0},
    {"config", OPTION_CONFIG, "FILE", 0, "Configuration (default: DIR/jalond.conf)", 0},
    {"check", OPTION_CHECK, NULL, 0, "Check configuration, keys, patterns and databases, and exit",
     0},
    {"takeover", OPTION_TAKEOVER, NULL, 0,
     "Take over from the jalond that runs on DIR, without a refused or reset connection, and let "
     "it "
     "drain and end; start plainly when none runs",
     0},
    {"version", OPTION_VERSION, NULL, 0, "Print the version, and exit", -1},
    {0}};

struct arguments {
    const char *folder, *config_file;
    bool is_check, is_takeover, is_version;
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
    struct arguments *arguments = state->input;
    switch (key) {
    case OPTION_DATA:
        arguments->folder = value;
        return 0;
    case OPTION_CONFIG:
        arguments->config_file = value;
        return 0;
    case OPTION_CHECK:
        arguments->is_check = true;
        return 0;
    case OPTION_TAKEOVER:
        arguments->is_takeover = true;
        return 0;
    case OPTION_VERSION:
        arguments->is_version = true;
        return 0;
    case ARGP_KEY_ARG:
        argp_error(state, "unknown argument: %s", value);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp parser = {
    .options = options,
    .parser = parse_option,
    .doc =
        "Serves tracked links: redirects, records clicks, takes conversions.\v"
        "SIGHUP reloads settings, keys, patterns, databases and certificates; SIGTERM drains and "
        "ends. Exit status: 0 done, 1 failed, 2 wrong usage."};

static int complain(const struct problem *problem)
{
    (void)fprintf(stderr, "jalond: %s\n", problem->detail); /* nobody left to tell */
    return EXIT_FAILURE;
}

static int check(const struct arguments *arguments)
{
    struct problem problem;
    problem_init(&problem);
    struct snapshot *snapshot;
    if (snapshot_load(&snapshot, arguments->folder, arguments->config_file, &problem) != JALON_OK)
        return complain(&problem);
    snapshot_free(snapshot);
    return puts("jalond: the configuration is fine") < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    argp_err_exit_status = EXIT_WRONG_USAGE;
    (void)argp_parse(&parser, argc, argv, 0, NULL, &arguments); /* exits on wrong usage */
    if (arguments.is_version)
        return puts("jalond " JALON_VERSION) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    arguments.folder = folder_find(arguments.folder);
    if (arguments.is_check)
        return check(&arguments);
    struct server server = {.folder = arguments.folder,
                            .config_file = arguments.config_file,
                            .is_takeover = arguments.is_takeover};
    struct problem problem;
    problem_init(&problem);
    return server_run(&server, &problem) == JALON_OK ? EXIT_SUCCESS : complain(&problem);
}
