-- sample 12.5% of "salt"
SELECT
  p.external_id
FROM profiles AS p
WHERE
  /* sample 12.5% of "salt" */
  reinterpretAsUInt32(reverse(substring(MD5(concat({p0: String}, p.external_id)), 1, 4))) % 10000 < {p1: Decimal(38, 9)}
ORDER BY
  p.external_id;
-- p0 = salt:
-- p1 = 1250.0
