#include "core/traffic/agents.h"

#define COUNT(names) (sizeof(names) / sizeof *(names))
#define NAME_ROW(name, value) [value] = #name,

static const char *const devices[] = {DEVICES(NAME_ROW)};
static const char *const systems[] = {SYSTEMS(NAME_ROW)};
static const char *const apps[] = {APPS(NAME_ROW)};

/* 0 is "unknown": what is not known is written as nothing. */
static const char *name_at(const char *const *names, size_t count, uint8_t value)
{
    return value && value < count ? names[value] : "";
}

const char *device_name(uint8_t device)
{
    return name_at(devices, COUNT(devices), device);
}

const char *system_name(uint8_t system)
{
    return name_at(systems, COUNT(systems), system);
}

const char *app_name(uint8_t app)
{
    return name_at(apps, COUNT(apps), app);
}
