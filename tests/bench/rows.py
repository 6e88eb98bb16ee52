"""The rows by name, in the order of the table. Each is called with the bench and returns (figures,
notes); its title is its first comment."""
import rows_growth
import rows_load
import rows_rate
import rows_reports
import rows_speed
import rows_store

ROWS = {
    "kept": rows_speed.kept_connections,
    "new": rows_speed.new_connections,
    "wrk": rows_speed.other_generator,
    "latency": rows_speed.latency,
    "redis": rows_store.redis_cpu,
    "raw": rows_store.raw_clicks,
    "lua": rows_store.lua_stack,
    "links": rows_load.memory_of_links,
    "connections": rows_load.memory_of_connections,
    "outage": rows_load.catching_up,
    "workers": rows_load.second_worker,
    "miss": rows_store.misses,
    "growth": rows_growth.growth,
    "reports": rows_reports.reports,
    "import": rows_rate.import_orders,
    "export": rows_rate.export_clicks,
}
