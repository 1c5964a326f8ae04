-- count of buy > trait limit
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* count of buy > trait limit */
  p.pid IN (
    SELECT
      m.pid AS pid
    FROM (
      SELECT
        e.pid,
        COUNT(*) AS total
      FROM events AS e
      WHERE
        e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
      GROUP BY
        e.pid
    ) AS m
    JOIN profiles AS t
      ON t.pid = m.pid
    WHERE
      m.total > t.limit__num
  )
  OR (
    p.pid NOT IN (
      SELECT
        e.pid
      FROM events AS e
      WHERE
        e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
    )
    AND p.limit__num < {p2: Decimal(38, 9)}
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = 0
