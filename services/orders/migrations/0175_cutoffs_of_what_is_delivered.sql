-- Goods may be delivered before they sail: their orders, too, are looked at again with the cut-offs.
CREATE OR REPLACE FUNCTION look_for_risks_of_cutoffs() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO risk_look (order_id)
    SELECT DISTINCT m.order_id FROM moved n JOIN shipment s ON s.id = n.shipment_id JOIN milestone m ON m.shipment = s.number
    JOIN customer_order o ON o.id = m.order_id WHERE o.status <> 'cancelled' AND m.code = 'DEPART';
    RETURN NULL;
END $$;
