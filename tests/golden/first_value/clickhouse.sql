-- first(amount) of buy > 50 and last(tags) of buy in last 7 days = "a"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* first(amount) of buy > 50 */
  p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        tupleElement(argMin(tuple(e.amount__num), tuple(e.ts, e.mid)), 1) AS v__num
      FROM events AS e
      WHERE
        e.event = {p1: String} AND e.ts < {p2: DateTime64(6, 'UTC')}
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.v__num > {p0: Decimal(38, 9)}
  )
  /* last(tags) of buy in last 7 days = "a" */
  AND p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        MAX(e.ts) AS ts,
        tupleElement(argMax(tuple(e.tags__items), tuple(e.ts, e.mid)), 1) AS v__items
      FROM events AS e
      WHERE
        e.event = {p1: String} AND e.ts < {p2: DateTime64(6, 'UTC')}
      GROUP BY
        e.pid
    ) AS m
    WHERE
      m.ts >= {p3: DateTime64(6, 'UTC')}
      AND m.ts < {p2: DateTime64(6, 'UTC')}
      AND arrayExists(x -> x.str = {p4: String}, m.v__items)
  )
ORDER BY
  p.external_id;
-- p0 = 50
-- p1 = buy
-- p2 = FromAsOf(months=0, micros=0)
-- p3 = FromAsOf(months=0, micros=-604800000000)
-- p4 = a
