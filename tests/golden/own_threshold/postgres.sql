-- count of buy > trait limit
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* count of buy > trait limit */
  p.pid IN (
    SELECT
      m.pid
    FROM (
      SELECT
        e.pid,
        COUNT(*) AS total
      FROM events AS e
      WHERE
        e.event = %(p0)s AND e.ts < %(p1)s
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
        e.event = %(p0)s AND e.ts < %(p1)s
    )
    AND p.limit__num < %(p2)s
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = 0
