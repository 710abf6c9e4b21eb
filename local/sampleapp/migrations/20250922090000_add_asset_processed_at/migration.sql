-- AlterTable
ALTER TABLE "Asset" ADD COLUMN "processedAt" TIMESTAMP(3);
