-- What has much data and nothing else.
CREATE DATABASE rows TEMPLATE template0 ENCODING 'UTF8';
