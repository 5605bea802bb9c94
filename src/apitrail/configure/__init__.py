"""What people configure about the traffic itself: kept in the store's log of records, so that every change names its author."""
