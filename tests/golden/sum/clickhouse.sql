-- sum(amount) of buy in last 90 days >= 500 and avg(amount) of buy < 20
SELECT
  p.external_id
FROM profiles AS p
WHERE
  p.pid IN (
    SELECT
      e.pid
    FROM events AS e
    WHERE
      e.event = {p0: String} AND e.ts < {p1: DateTime64(6, 'UTC')}
    GROUP BY
      e.pid
    HAVING
      /* sum(amount) of buy in last 90 days >= 500 */
      SUM(e.amount__num) FILTER(WHERE
        e.ts >= {p2: DateTime64(6, 'UTC')}) >= {p3: Decimal(38, 9)}
      /* avg(amount) of buy < 20 */
      AND SUM(e.amount__num) < {p4: Decimal(38, 9)} * COUNT(e.amount__num)
  )
ORDER BY
  p.external_id;
-- p0 = buy
-- p1 = FromAsOf(months=0, micros=0)
-- p2 = FromAsOf(months=0, micros=-7776000000000)
-- p3 = 500
-- p4 = 20
