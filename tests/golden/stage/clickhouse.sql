-- entered lifecycle at_risk in last 7 days
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* entered lifecycle at_risk in last 7 days */
  p.pid IN (
    SELECT
      s.pid
    FROM stage_log AS s
    WHERE
      s.stage = {p0: String}
      AND s.ts >= {p1: DateTime64(6, 'UTC')}
      AND s.ts < {p2: DateTime64(6, 'UTC')}
  )
ORDER BY
  p.external_id;
-- p0 = at_risk
-- p1 = FromAsOf(months=0, micros=-604800000000)
-- p2 = FromAsOf(months=0, micros=0)
