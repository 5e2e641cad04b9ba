drop table export_tickets cascade;
