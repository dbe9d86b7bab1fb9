-- Events with a column filled whose purpose was not granted, then or in a later decision, unless it is being emptied.
WITH
    ungranted AS
    (
        SELECT row.visitor AS visitor, row.generation AS generation, consent.purposes AS purposes
        FROM (SELECT DISTINCT visitor, generation FROM events WHERE click_id_kind != '' OR click_id != '' OR customer != '') AS row
        INNER JOIN consents AS consent ON row.visitor = consent.visitor
        WHERE consent.generation >= row.generation
    )
SELECT count()
FROM events
WHERE ((click_id_kind != '' OR click_id != '')
        AND visitor NOT IN (SELECT visitor FROM pending WHERE empty(purposes) OR has(purposes, 'marketing'))
        AND (visitor, generation) IN (SELECT visitor, generation FROM ungranted WHERE NOT has(purposes, 'marketing')))
    OR (customer != ''
        AND visitor NOT IN (SELECT visitor FROM pending WHERE empty(purposes) OR has(purposes, 'profiling'))
        AND (visitor, generation) IN (SELECT visitor, generation FROM ungranted WHERE NOT has(purposes, 'profiling')))
