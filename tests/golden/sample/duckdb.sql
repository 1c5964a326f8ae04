-- sample 12.5% of "salt"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* sample 12.5% of "salt" */
  CAST(CONCAT($p1, SUBSTRING(MD5(CONCAT($p0, p.external_id)), 1, 8)) AS UBIGINT) % 10000 < $p2
ORDER BY
  p.external_id;
-- p0 = salt:
-- p1 = 0x
-- p2 = 1250.0
